with
p1 as materialized (select tp1.o, tp1.o as rn, 0::bigint as prn,
  case
  when d1.vis is not null then tp1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_agreement]::int[] as k1,
  case
  when d1.s_agreement >= 0 then tp1.code
  end as c1_0,
  case
  when d1.s_agreement >= 0 then tp1.kind
  end as c1_1,
  case
  when d1.s_agreement >= 0 then coalesce((select array_agg(ap.party
        order by ap.party collate "C")
      from registry.agreement_party ap
      where ap.agreement_code = tp1.code), array[]::text[])
  end as c1_2, tp1.id as rid
  from (select l.*, row_number() over () as o
    from (select *
      from (select tp1.*
        from registry.agreement tp1
        where ((tp1.published)) and ((case when ((tp1.published)) then tp1.kind end) = $1::text)) q
      order by id
      limit $2::integer + 1) l offset 0) tp1
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($3::text, $4::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $4::text)) as rc offset 0) m1
  cross join lateral (select 1049 as rd offset 0) r1
  cross join lateral (select
    case
    when (tp1.published) then 0
    else null::int
    end as vis, m1.pairs as pairs,
    case
    when (tp1.published) then 0
    else coalesce(null::int, -1)
    end as s_agreement offset 0) d1),
a1 as materialized (select p.prn, bool_or(p.o > $2::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.c1_0 as "code", p.c1_1 as "kind", p.c1_2 as "parties") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $2::integer) as e1
  from p1 p
  group by p.prn),
u as materialized (select 'Agreement'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from p1 p
  where p.i1 is not null and p.o <= $2::integer and p.v1 <> 0),
g as materialized (select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids
  from (select ty, rid, pairs, array_to_string(key, ',') as parts
    from u
    where ty in ('Agreement')) z
  group by ty, pairs, parts),
cells as materialized (select g.g, g.pairs, g.ids, x.st, x.fields
  from g
  cross join lateral (select k.key[l.pos] as st, array_agg(distinct l.field collate "C"
      order by l.field collate "C") as fields
    from string_to_table(g.parts, ';') s(part)
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'Agreement.code'), (1, 3, 'Agreement.kind'), (1, 3, 'Agreement.parties')) l(inst, pos, field) on l.inst = k.key[1]
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
  where exists (select
    from entries)),
rec as (insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
  select $6::uuid, k.at at time zone 'UTC', 'ACCESS', $3::text, $4::text, $7::text, $8::text[], $9::text[], $10::text, $11::text, $12::text, $13::text, $14::text, $15::text, $16::text, $17::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
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
  select $6::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($4::text, ''), $3::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $20::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $6::uuid || '","kind":"ACCESS","operation":' || $21::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($14::text)::text || ',"refusals":' || $22::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
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
      from registry.agreement c1
      where ((c1.published)) and ((case
          when ((c1.published)) then c1.kind end) = $1::text)) as tc) n1)::text as r1
