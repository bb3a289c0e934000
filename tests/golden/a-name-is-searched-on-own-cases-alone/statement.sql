with
p1 as materialized (select tp1.o, tp1.o as rn, 0::bigint as prn,
  case
  when d1.vis is not null then tp1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_identity]::int[] as k1,
  case
  when d1.s_identity >= 0 then tp1.family_name
  end as c1_1, tp1.id as rid
  from (select l.*, row_number() over () as o
    from (select *
      from (select tp1.*
        from registry.victim tp1
        where ((exists (select from registry.return_case tp1c where tp1c.victim_id = tp1.id and ((tp1c.host = $1::text or exists (select from registry.agency h where h.code = tp1c.holder and h.country = $1::text)) and tp1c.main_rank < 9 and (tp1c.holder = $2::text or exists (select from registry.assignment a where a.case_id = tp1c.id and a.agency_code = $2::text and a.from_at <= now() and (a.until_at is null or a.until_at > now()) offset 0) or exists (select from registry.referral r where r.case_id = tp1c.id and r.to_agency = $2::text and r.state = 'ACCEPTED' offset 0)) and (tp1c.origin <> $1::text or tp1c.host = $1::text or (tp1c.main_rank >= 3 and not tp1c.not_a_national)))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $1::text) and r.data_class is null offset 0))) and ((case when ((exists (select from registry.return_case tp1c where tp1c.victim_id = tp1.id and ((tp1c.host = $1::text or exists (select from registry.agency h where h.code = tp1c.holder and h.country = $1::text)) and tp1c.main_rank < 9 and (tp1c.holder = $2::text or exists (select from registry.assignment a where a.case_id = tp1c.id and a.agency_code = $2::text and a.from_at <= now() and (a.until_at is null or a.until_at > now()) offset 0) or exists (select from registry.referral r where r.case_id = tp1c.id and r.to_agency = $2::text and r.state = 'ACCEPTED' offset 0)) and (tp1c.origin <> $1::text or tp1c.host = $1::text or (tp1c.main_rank >= 3 and not tp1c.not_a_national)))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $1::text) and (r.data_class is null or r.data_class = 'IDENTITY') offset 0))) and exists (select from registry.return_case hc where hc.victim_id = tp1.id and hc.holder = $2::text) then tp1.family_name end) = $3::text)) q
      order by id
      limit $4::integer + 1) l offset 0) tp1
  cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, coalesce(string_agg(distinct k.pairs, ','
        order by k.pairs) filter (where k.m0 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $1::text)) as rc
    from (select
      case
      when h1.h1 then
      case
      when tp1c.main_rank < 9 then 0
      else 16
      end +
      case
      when h1.h0 then 0
      else 1
      end +
      case
      when (tp1c.origin <> $1::text or tp1c.host = $1::text or (tp1c.main_rank >= 3 and not tp1c.not_a_national)) then 0
      else 8
      end
      end as m0, ((h1.h1 and tp1c.main_rank < 9 and h1.h0 and (tp1c.origin <> $1::text or tp1c.host = $1::text or (tp1c.main_rank >= 3 and not tp1c.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = tp1c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $1::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
      case
      when tp1c.main_rank >= 3 and not tp1c.not_a_national and not exists (select
        from registry.consent s
        where s.case_id = tp1c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (tp1c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
          from registry.consent n
          where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and tp1c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(tp1c.host, tp1c.origin) || '-' || greatest(tp1c.host, tp1c.origin)
      else tp1c.host
      end as pairs
      from registry.return_case tp1c
      cross join lateral (select (tp1c.holder = $2::text or exists (select from registry.assignment a where a.case_id = tp1c.id and a.agency_code = $2::text and a.from_at <= now() and (a.until_at is null or a.until_at > now()) offset 0) or exists (select from registry.referral r where r.case_id = tp1c.id and r.to_agency = $2::text and r.state = 'ACCEPTED' offset 0)) as h0, (tp1c.host = $1::text or exists (select from registry.agency h where h.code = tp1c.holder and h.country = $1::text)) as h1 offset 0) h1
      where tp1c.victim_id = tp1.id offset 0) k) m1
  cross join lateral (select 1049 |
    case
    when (m1.g0) and not coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 770
    else 0
    end as rd offset 0) r1
  cross join lateral (select
    case
    when coalesce('*' = any(m1.rc), false) then null
    when m1.g0 then 1
    end as vis, m1.pairs as pairs, coalesce(case
      when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then null
      when m1.g0 then 1 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096)) * 4096 + 4094 from unnest(m1.m0) u(u))), -1)) as s_identity offset 0) d1),
a1 as materialized (select p.prn, bool_or(p.o > $4::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.i1 as "id", p.c1_1 as "familyName") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $4::integer) as e1
  from p1 p
  group by p.prn),
u as materialized (select 'Victim'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from p1 p
  where p.i1 is not null and p.o <= $4::integer),
g as materialized (select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids
  from (select ty, rid, pairs, array_to_string(key, ',') as parts
    from u
    where ty in ('Victim')) z
  group by ty, pairs, parts),
cells as materialized (select g.g, g.pairs, g.ids, x.st, x.fields
  from g
  cross join lateral (select k.key[l.pos] as st, array_agg(distinct l.field collate "C"
      order by l.field collate "C") as fields
    from string_to_table(g.parts, ';') s(part)
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'Victim.familyName')) l(inst, pos, field) on l.inst = k.key[1]
    group by 1) x),
entries as materialized (select t.pair, ($5::text[])[c.st] as clause, c.fields, array_agg(i.id
    order by i.id) as records
  from (select pairs, ids, st, fields
    from cells
    where st > 0
    union all
    select g.pairs, g.ids, split_part(split_part(g.parts, ';', 1), ',', 2)::int, array[g.ty || '.id']
    from g
    where not exists (select
      from cells
      where cells.g = g.g and cells.st > 0)) c
  cross join lateral unnest(case
    when c.pairs = '' then array['']
    else string_to_array(c.pairs, ',') end) t(pair)
  cross join lateral unnest(c.ids) i(id)
  group by 1, 2, 3),
held as materialized (select t.pair, n.field,
  case
  when c.st = -1 then 'NO_PROTOCOL'
  else case -(c.st) / 4096
  when 1 then 'NOT_ASSIGNED'
  when 2 then 'NOT_ASSIGNED'
  when 4 then 'REQUEST'
  when 8 then 'STAGE'
  when 16 then 'STAGE'
  when 32 then 'OBJECTION'
  when 64 then 'CONSENT'
  when 128 then 'CLASS'
  when 256 then 'MINOR'
  when 512 then 'MINOR'
  when 1024 then 'RESTRICTED_BY_SENDER'
  when 2048 then 'CLASS'
  when 4096 then 'WITHHELD'
  end
  end as reason, sum(cardinality(c.ids)) as count
  from cells c
  cross join lateral unnest(c.fields) n(field)
  cross join lateral unnest(case
    when c.pairs = '' then array['']
    else string_to_array(c.pairs, ',') end) t(pair)
  where c.st < 0
  group by 1, 2, 3),
k as materialized (select statement_timestamp() at time zone 'UTC' as at, $6::uuid as id
  where true),
rec as (insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
  select $6::uuid, k.at at time zone 'UTC', 'ACCESS', $2::text, $1::text, $7::text, $8::text[], $9::text[], $10::text, $11::text, $12::text, $13::text, $14::text, $15::text, $16::text, $17::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
        order by split_part(e.clause, '#', 1) collate "C")
      from entries e), '{}'), $18::text[], $19::jsonb, coalesce((select jsonb_agg(jsonb_build_object('field', h.field, 'reason', h.reason, 'count', h.count)
        order by h.field collate "C", h.reason collate "C")
      from (select n.field,
        case
        when c.st = -1 then 'NO_PROTOCOL'
        else case -(c.st) / 4096
        when 1 then 'NOT_ASSIGNED'
        when 2 then 'NOT_ASSIGNED'
        when 4 then 'REQUEST'
        when 8 then 'STAGE'
        when 16 then 'STAGE'
        when 32 then 'OBJECTION'
        when 64 then 'CONSENT'
        when 128 then 'CLASS'
        when 256 then 'MINOR'
        when 512 then 'MINOR'
        when 1024 then 'RESTRICTED_BY_SENDER'
        when 2048 then 'CLASS'
        when 4096 then 'WITHHELD'
        end
        end as reason, sum(cardinality(c.ids)) as count
        from cells c
        cross join lateral unnest(c.fields) n(field)
        where c.st < 0
        group by 1, 2) h), '[]')
  from k
  returning true),
leaf as (insert into ledger.access_leaf (record_id, pair, at, actor, body, records)
  select $6::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($1::text, ''), $2::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $20::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $6::uuid || '","kind":"ACCESS","operation":' || $21::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($14::text)::text || ',"refusals":' || $22::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
      from 1 for 16), 'base64') || '","searched":' || $23::text || ',"trace":' || to_json($17::text)::text || ',"v":1,"withheld":[' || coalesce((select string_agg(row_to_json(x)::text, ','
        order by x.field collate "C", x.reason collate "C")
      from (select h.count, h.field, h.reason
        from held h
        where h.pair = q.pair) x), '') || ']}', coalesce((select array_agg(distinct i.id)
      from entries e
      cross join lateral unnest(e.records) i(id)
      where e.pair = q.pair), '{}')
  from k
  cross join (select e.pair, string_agg('{"clause":' || to_json(e.clause)::text || ',"fields":' || array_to_json(e.fields)::text || ',"records":' || array_to_json(e.records)::text || '}', ','
      order by e.clause collate "C", e.fields collate "C") as disclosures, array_agg(distinct split_part(e.clause, '#', 1) collate "C"
      order by split_part(e.clause, '#', 1) collate "C") as protocols
    from entries e
    group by e.pair
    union all
    select '', null, null
    where not exists (select
      from entries)) q
  returning true)
select (select v.number <> $24::bigint
  from policy.version v) or coalesce(now() >= $25::timestamptz, false) as stale,
  (select
  case
  when exists (select
    from rec) and exists (select
    from leaf) then k.id::text
  else ''
  end
  from k) as rec,
  (select json_agg(json_build_array(w.i, w.pos, w.st, w.n))
  from (select u.key[1] as i, x.pos, x.st, count(*) as n
    from u
    cross join lateral unnest(u.key) with ordinality x(st, pos)
    where 0 > any(u.key) and x.st < 0 and x.pos > 2
    group by 1, 2, 3) w)::text as withheld,
  (false) as bad,
  null::text as cursors,
  (select (select row_to_json("~r")
    from (select n1.tc as "totalCount", coalesce(a1.e1, '[]') as "edges") "~r")
  from (select 1) one
  left join a1 on true
  cross join (select (select count(*)
      from registry.victim c1
      where ((exists (select from registry.return_case c1c where c1c.victim_id = c1.id and ((c1c.host = $1::text or exists (select from registry.agency h where h.code = c1c.holder and h.country = $1::text)) and c1c.main_rank < 9 and (c1c.holder = $2::text or exists (select from registry.assignment a where a.case_id = c1c.id and a.agency_code = $2::text and a.from_at <= now() and (a.until_at is null or a.until_at > now()) offset 0) or exists (select from registry.referral r where r.case_id = c1c.id and r.to_agency = $2::text and r.state = 'ACCEPTED' offset 0)) and (c1c.origin <> $1::text or c1c.host = $1::text or (c1c.main_rank >= 3 and not c1c.not_a_national)))) and not exists (select from registry.restriction r where r.record_id = c1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $1::text) and r.data_class is null offset 0))) and ((case
          when ((exists (select from registry.return_case c1c where c1c.victim_id = c1.id and ((c1c.host = $1::text or exists (select from registry.agency h where h.code = c1c.holder and h.country = $1::text)) and c1c.main_rank < 9 and (c1c.holder = $2::text or exists (select from registry.assignment a where a.case_id = c1c.id and a.agency_code = $2::text and a.from_at <= now() and (a.until_at is null or a.until_at > now()) offset 0) or exists (select from registry.referral r where r.case_id = c1c.id and r.to_agency = $2::text and r.state = 'ACCEPTED' offset 0)) and (c1c.origin <> $1::text or c1c.host = $1::text or (c1c.main_rank >= 3 and not c1c.not_a_national)))) and not exists (select from registry.restriction r where r.record_id = c1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($2::text, $1::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $1::text) and (r.data_class is null or r.data_class = 'IDENTITY') offset 0))) and exists (select from registry.return_case hc where hc.victim_id = c1.id and hc.holder = $2::text) then c1.family_name end) = $3::text)) as tc) n1)::text as r1
