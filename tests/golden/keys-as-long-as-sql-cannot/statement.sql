with
s1 as materialized (select t1.rn,
  case
  when d1.vis is not null then t1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_person, d1.s_identity]::int[] as k1,
  case
  when d1.s_identity >= 0 then t1.family_name
  end as c1_0,
  case
  when d1.s_identity >= 0 then t1.family_name
  end as c1_1,
  case
  when d1.s_person >= 0 then
  case
  when t1.birth_latest is null then null
  when t1.birth_latest > (current_date - interval '9 years')::date then '0-8'
  when t1.birth_latest > (current_date - interval '18 years')::date then '9-17'
  when t1.birth_latest > (current_date - interval '21 years')::date then '18-20'
  when t1.birth_latest > (current_date - interval '24 years')::date then '21-23'
  when t1.birth_latest > (current_date - interval '27 years')::date then '24-26'
  when t1.birth_latest > (current_date - interval '30 years')::date then '27-29'
  when t1.birth_latest > (current_date - interval '39 years')::date then '30-38'
  when t1.birth_latest > (current_date - interval '48 years')::date then '39-47'
  else '48+'
  end
  end as c1_2
  from (select t1.*, 1::bigint as rn
    from registry.victim t1
    where t1.id = $1::uuid and ((exists (select
          from registry.return_case t1c
          where t1c.victim_id = t1.id and (coalesce(t1c.agreement_code = $2::text, false) and t1c.origin = $3::text and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t1c.id and s.purpose = 'NOTIFICATION') and (t1c.origin <> $3::text or t1c.host = $3::text or (t1c.main_rank >= 3 and not t1c.not_a_national)) and ((t1c.main_rank >= 3) or (t1c.main_rank between 4 and 6 and (select coalesce(case when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false) from registry.consent s where s.case_id = t1c.id and s.purpose = 'TRACING') and ((not t1.age_disputed and coalesce(t1.birth_latest <= (current_date - interval '18 years')::date, false)) or (t1c.best_interests_decision is not null and t1c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t1c.id and s.purpose = 'TRACING'), false))))))) and not exists (select
          from registry.restriction r
          where r.record_id = t1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t1
  cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, coalesce(bool_or(k.m1 = 0), false) as g1, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, array_agg(k.m1) filter (where k.sh and k.m1 is not null) as m1, coalesce(string_agg(distinct k.pairs, ','
        order by k.pairs) filter (where k.m0 = 0 or k.m1 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc
    from (select
      case
      when coalesce(t1c.agreement_code = $2::text, false) and t1c.origin = $3::text then
      case
      when t1c.main_rank >= 3 and (t1c.origin <> $3::text or t1c.host = $3::text or (t1c.main_rank >= 3 and not t1c.not_a_national)) then 0
      else 8
      end +
      case
      when h1.h0 then 0
      else 32
      end
      end as m0,
      case
      when coalesce(t1c.agreement_code = $2::text, false) and t1c.origin = $3::text then
      case
      when t1c.main_rank between 4 and 6 and (t1c.origin <> $3::text or t1c.host = $3::text or (t1c.main_rank >= 3 and not t1c.not_a_national)) then 0
      else 8
      end +
      case
      when h1.h0 then 0
      else 32
      end +
      case
      when (select coalesce(case
          when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz)
          else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false)
        from registry.consent s
        where s.case_id = t1c.id and s.purpose = 'TRACING') then 0
      else 64
      end +
      case
      when ((not t1.age_disputed and coalesce(t1.birth_latest <= (current_date - interval '18 years')::date, false)) or (t1c.best_interests_decision is not null and t1c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t1c.id and s.purpose = 'TRACING'), false))) then 0
      else 256
      end
      end as m1, ((coalesce(t1c.agreement_code = $2::text, false) and t1c.origin = $3::text and t1c.main_rank >= 3 and h1.h0 and (t1c.origin <> $3::text or t1c.host = $3::text or (t1c.main_rank >= 3 and not t1c.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t1c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
      case
      when t1c.main_rank >= 3 and not t1c.not_a_national and not exists (select
        from registry.consent s
        where s.case_id = t1c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t1c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
          from registry.consent n
          where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t1c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t1c.host, t1c.origin) || '-' || greatest(t1c.host, t1c.origin)
      else t1c.host
      end as pairs
      from registry.return_case t1c
      cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t1c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h1
      where t1c.victim_id = t1.id offset 0) k) m1
  cross join lateral (select 1049 |
    case
    when (m1.g0 or m1.g1) and not coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 770
    else 0
    end as rd offset 0) r1
  cross join lateral (select
    case
    when coalesce('*' = any(m1.rc), false) then null
    when m1.g0 then 1
    when m1.g1 then 3
    end as vis, m1.pairs as pairs, coalesce(case
      when coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then null
      when m1.g0 then 1
      when m1.g1 then 3 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((u.u | (case when coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096)) * 4096 + 4094 from unnest(m1.m0) u(u)), (select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((u.u | (case when coalesce('PERSON' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096)) * 4096 + 4092 from unnest(m1.m1) u(u))), -1)) as s_person, coalesce(case
      when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then null
      when m1.g1 then 3 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096)) * 4096 + 4092 from unnest(m1.m1) u(u))), -1)) as s_identity offset 0) d1),
u as materialized (select 'Victim'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from s1 p
  where p.i1 is not null),
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
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'Victim.ageBand'), (1, 4, 'Victim.familyName')) l(inst, pos, field) on l.inst = k.key[1]
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
  select $6::uuid, k.at at time zone 'UTC', 'ACCESS', $4::text, $3::text, $7::text, $8::text[], $9::text[], $10::text, $11::text, $12::text, $13::text, $14::text, $15::text, $16::text, $17::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
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
  select $6::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($3::text, ''), $4::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $20::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $6::uuid || '","kind":"ACCESS","operation":' || $21::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($14::text)::text || ',"refusals":' || $22::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
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
    from (select p.c1_0 as "id", p.c1_1 as "~0", p.c1_2 as "~1") "~r")
  from s1 p)::text as r1
