with
p1 as materialized (select tp1.o, tp1.o as rn, 0::bigint as prn,
  case
  when d1.vis is not null then tp1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_shell]::int[] as k1,
  case
  when d1.s_shell >= 0 then tp1.state
  end as c1_1, xt2.i2 as i2, xt2.v2 as v2, xt2.p2 as p2, xt2.k2 as k2, xt2.c2_0 as c2_0, xt3.i3 as i3, xt3.v3 as v3, xt3.p3 as p3, xt3.k3 as k3, xt3.c3_1 as c3_1, xt3.c3_2 as c3_2, tp1.ok0 as ok0, tp1.id as rid
  from (select l.*, row_number() over () as o
    from (select *
      from ((select *
          from (select tp1.*, tp1.state_since as ok0 from registry.return_case tp1 where (((coalesce(tp1.agreement_code = $1::text, false) and tp1.origin = $2::text and tp1.id = any($3::uuid[]) and tp1.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $2::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') and (tp1.origin <> $2::text or tp1.host = $2::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and r.data_class is null offset 0))) and tp1.state_since is not null and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) q
          order by ok0 desc, id
          limit $5::integer + 1)
        union all (select *
          from (select tp1.*, null::timestamptz as ok0 from registry.return_case tp1 where (((coalesce(tp1.agreement_code = $1::text, false) and tp1.origin = $2::text and tp1.id = any($3::uuid[]) and tp1.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $2::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') and (tp1.origin <> $2::text or tp1.host = $2::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and r.data_class is null offset 0))) and tp1.state_since is null) q
          order by ok0 desc nulls last, id
          limit $5::integer + 1)
        union all (select *
          from (select tp1.*, null::timestamptz as ok0 from registry.return_case tp1 where (((coalesce(tp1.agreement_code = $1::text, false) and tp1.origin = $2::text and tp1.id = any($3::uuid[]) and tp1.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $2::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') and (tp1.origin <> $2::text or tp1.host = $2::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and r.data_class is null offset 0))) and tp1.state_since is not null and tp1.id = any(array(select r.record_id from registry.restriction r where r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and r.data_class = 'SHELL'))) q
          order by ok0 desc nulls last, id
          limit $5::integer + 1)) q
      order by ok0 desc nulls last, id
      limit $5::integer + 1) l offset 0) tp1
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $2::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h1
  cross join lateral (select
    case
    when coalesce(tp1.agreement_code = $1::text, false) and tp1.origin = $2::text and tp1.id = any($3::uuid[]) then
    case
    when tp1.main_rank >= 3 and (tp1.origin <> $2::text or tp1.host = $2::text or (tp1.main_rank >= 3 and not tp1.not_a_national)) then 0
    else 8
    end +
    case
    when h1.h0 then 0
    else 32
    end
    end as m0, ((coalesce(tp1.agreement_code = $1::text, false) and tp1.origin = $2::text and tp1.id = any($3::uuid[]) and tp1.main_rank >= 3 and h1.h0 and (tp1.origin <> $2::text or tp1.host = $2::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $2::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when tp1.main_rank >= 3 and not tp1.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = tp1.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (tp1.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and tp1.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(tp1.host, tp1.origin) || '-' || greatest(tp1.host, tp1.origin)
    else tp1.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $2::text)) as rc offset 0) m1
  cross join lateral (select 1049 |
    case
    when (m1.m0 = 0) and not coalesce('CONSENT' = any(m1.rc) or '*' = any(m1.rc), false) then 96
    else 0
    end as rd offset 0) r1
  cross join lateral (select
    case
    when coalesce('*' = any(m1.rc), false) then null
    when m1.m0 = 0 then 2
    end as vis, m1.pairs as pairs, coalesce(case
      when coalesce('SHELL' = any(m1.rc) or '*' = any(m1.rc), false) then null
      when m1.m0 = 0 then 2 end, coalesce(-greatest(case
          when m1.sh and m1.m0 is not null then coalesce(nullif(((m1.m0 | (case when coalesce('SHELL' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((m1.m0 | (case when coalesce('SHELL' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096) * 4096 + 4093 end), -1)) as s_shell offset 0) d1
  left join lateral (select
    case
    when d2.vis is not null then t2.id
    end as i2, d2.vis as v2, d2.pairs as p2, array[2, d2.vis, d2.s_agreement]::int[] as k2,
    case
    when d2.s_agreement >= 0 then t2.code
    end as c2_0
    from registry.agreement t2
    cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
        from registry.restriction r
        where r.record_id = t2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $2::text)) as rc offset 0) m2
    cross join lateral (select 1049 as rd offset 0) r2
    cross join lateral (select
      case
      when (t2.published) then 0
      else null::int
      end as vis, m2.pairs as pairs,
      case
      when (t2.published) then 0
      else coalesce(null::int, -1)
      end as s_agreement offset 0) d2
    where t2.code = tp1.agreement_code offset 0) xt2 on true
  left join lateral (select
    case
    when d3.vis is not null then t3.id
    end as i3, d3.vis as v3, d3.pairs as p3, array[3, d3.vis, d3.s_person, d3.s_identity]::int[] as k3,
    case
    when d3.s_person >= 0 then
    case
    when t3.birth_latest is null then null
    when t3.birth_latest > (current_date - interval '9 years')::date then '0-8'
    when t3.birth_latest > (current_date - interval '18 years')::date then '9-17'
    when t3.birth_latest > (current_date - interval '21 years')::date then '18-20'
    when t3.birth_latest > (current_date - interval '24 years')::date then '21-23'
    when t3.birth_latest > (current_date - interval '27 years')::date then '24-26'
    when t3.birth_latest > (current_date - interval '30 years')::date then '27-29'
    when t3.birth_latest > (current_date - interval '39 years')::date then '30-38'
    when t3.birth_latest > (current_date - interval '48 years')::date then '39-47'
    else '48+'
    end
    end as c3_1,
    case
    when d3.s_identity >= 0 then t3.family_name
    end as c3_2
    from registry.victim t3
    cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, coalesce(bool_or(k.m1 = 0), false) as g1, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, array_agg(k.m1) filter (where k.sh and k.m1 is not null) as m1, coalesce(string_agg(distinct k.pairs, ','
          order by k.pairs) filter (where k.m0 = 0 or k.m1 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
        from registry.restriction r
        where r.record_id = t3.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $2::text)) as rc
      from (select
        case
        when coalesce(t3c.agreement_code = $1::text, false) and t3c.origin = $2::text and t3c.id = any($3::uuid[]) then
        case
        when t3c.main_rank >= 3 and (t3c.origin <> $2::text or t3c.host = $2::text or (t3c.main_rank >= 3 and not t3c.not_a_national)) then 0
        else 8
        end +
        case
        when h3.h0 then 0
        else 32
        end
        end as m0,
        case
        when coalesce(t3c.agreement_code = $1::text, false) and t3c.origin = $2::text and t3c.id = any($3::uuid[]) then
        case
        when t3c.main_rank between 4 and 6 and (t3c.origin <> $2::text or t3c.host = $2::text or (t3c.main_rank >= 3 and not t3c.not_a_national)) then 0
        else 8
        end +
        case
        when h3.h0 then 0
        else 32
        end +
        case
        when (select coalesce(case when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $2::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) else max(s.stated_at) filter (where s.state = 'GIVEN' and $2::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $2::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $2::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false)
          from registry.consent s
          where s.case_id = t3c.id and s.purpose = 'TRACING') then 0
        else 64
        end +
        case
        when ((not t3.age_disputed and coalesce(t3.birth_latest <= (current_date - interval '18 years')::date, false)) or (t3c.best_interests_decision is not null and t3c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t3c.id and s.purpose = 'TRACING'), false))) then 0
        else 256
        end
        end as m1, ((coalesce(t3c.agreement_code = $1::text, false) and t3c.origin = $2::text and t3c.id = any($3::uuid[]) and t3c.main_rank >= 3 and h3.h0 and (t3c.origin <> $2::text or t3c.host = $2::text or (t3c.main_rank >= 3 and not t3c.not_a_national))) and not exists (select from registry.restriction r where r.record_id = t3c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $2::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $2::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
        case
        when t3c.main_rank >= 3 and not t3c.not_a_national and not exists (select
          from registry.consent s
          where s.case_id = t3c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t3c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select from registry.consent n where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t3c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t3c.host, t3c.origin) || '-' || greatest(t3c.host, t3c.origin)
        else t3c.host
        end as pairs
        from registry.return_case t3c
        cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $2::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $2::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t3c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h3
        where t3c.victim_id = t3.id offset 0) k) m3
    cross join lateral (select 1049 |
      case
      when (m3.g0 or m3.g1) and not coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 770
      else 0
      end as rd offset 0) r3
    cross join lateral (select
      case
      when coalesce('*' = any(m3.rc), false) then null
      when m3.g0 then 1
      when m3.g1 then 3
      end as vis, m3.pairs as pairs, coalesce(case
        when coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then null
        when m3.g0 then 1
        when m3.g1 then 3 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)) & -((u.u | (case when coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)), 0), 4096)) * 4096 + 4094 from unnest(m3.m0) u(u)), (select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)) & -((u.u | (case when coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)), 0), 4096)) * 4096 + 4092 from unnest(m3.m1) u(u))), -1)) as s_person, coalesce(case
        when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then null
        when m3.g1 then 3 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)), 0), 4096)) * 4096 + 4092 from unnest(m3.m1) u(u))), -1)) as s_identity offset 0) d3
    where t3.id = tp1.victim_id offset 0) xt3 on true),
a1 as materialized (select p.prn, bool_or(p.o > $5::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.i1 as "id", p.c1_1 as "state", case when p.i2 is not null then (select row_to_json("~r") from (select p.c2_0 as "code") "~r") end as "agreement", case when p.i3 is not null then (select row_to_json("~r") from (select p.i3 as "id", p.c3_1 as "ageBand", p.c3_2 as "name", null::text as "narrative", coalesce((select json_agg((select row_to_json("~r") from (select f.name as "field", case when f.s = -1 then 'NO_PROTOCOL' else case -(f.s) / 4096 when 1 then 'NOT_ASSIGNED' when 2 then 'NOT_ASSIGNED' when 4 then 'REQUEST' when 8 then 'STAGE' when 16 then 'STAGE' when 32 then 'OBJECTION' when 64 then 'CONSENT' when 128 then 'CLASS' when 256 then 'MINOR' when 512 then 'MINOR' when 1024 then 'RESTRICTED_BY_SENDER' when 2048 then 'CLASS' when 4096 then 'WITHHELD' end end as "reason", ($6::text[])[4095 - (-(f.s) % 4096)] as "clause") "~r") order by f.n) from (values (0, 'ageBand', p.k3[3]), (1, 'familyName', p.k3[4])) f(n, name, s) where f.s < 0), '[]') as "withheld") "~r") end as "victim") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $5::integer) as e0
  from p1 p
  group by p.prn),
u as materialized (select 'ReturnCase'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from p1 p
  where p.i1 is not null and p.o <= $5::integer
  union all
  select 'Agreement'::text as ty, p.i2 as rid, p.p2 as pairs, p.k2 as key
  from p1 p
  where p.i2 is not null and p.o <= $5::integer and p.v2 <> 0
  union all
  select 'Victim'::text as ty, p.i3 as rid, p.p3 as pairs, p.k3 as key
  from p1 p
  where p.i3 is not null and p.o <= $5::integer),
g as materialized (select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids
  from (select ty, rid, pairs, array_to_string(key, ',') as parts
    from u
    where ty in ('Agreement', 'ReturnCase', 'Victim')) z
  group by ty, pairs, parts),
cells as materialized (select g.g, g.pairs, g.ids, x.st, x.fields
  from g
  cross join lateral (select k.key[l.pos] as st, array_agg(distinct l.field collate "C"
      order by l.field collate "C") as fields
    from string_to_table(g.parts, ';') s(part)
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'ReturnCase.state'), (2, 3, 'Agreement.code'), (3, 3, 'Victim.ageBand'), (3, 4, 'Victim.familyName')) l(inst, pos, field) on l.inst = k.key[1]
    group by 1) x),
entries as materialized (select t.pair, ($6::text[])[c.st] as clause, c.fields, array_agg(i.id
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
k as materialized (select statement_timestamp() at time zone 'UTC' as at, $7::uuid as id
  where true),
rec as (insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
  select $7::uuid, k.at at time zone 'UTC', 'ACCESS', $4::text, $2::text, $8::text, $9::text[], $10::text[], $11::text, $12::text, $13::text, $14::text, $15::text, $16::text, $17::text, $18::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
        order by split_part(e.clause, '#', 1) collate "C")
      from entries e), '{}'), $19::text[], $20::jsonb, coalesce((select jsonb_agg(jsonb_build_object('field', h.field, 'reason', h.reason, 'count', h.count)
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
  select $7::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($2::text, ''), $4::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $21::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $7::uuid || '","kind":"ACCESS","operation":' || $22::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($15::text)::text || ',"refusals":' || $23::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
      from 1 for 16), 'base64') || '","searched":' || $24::text || ',"trace":' || to_json($18::text)::text || ',"v":1,"withheld":[' || coalesce((select string_agg(row_to_json(x)::text, ','
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
select (select v.number <> $25::bigint
  from policy.version v) or coalesce(now() >= $26::timestamptz, false) as stale,
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
    from (select coalesce(a1.e0, '[]') as "edges") "~r")
  from (select 1) one
  left join a1 on true)::text as r1
