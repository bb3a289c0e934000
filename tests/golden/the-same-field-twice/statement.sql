with
s1 as materialized (select t1.rn,
  case
  when d1.vis is not null then t1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_identity]::int[] as k1,
  case
  when d1.s_identity >= 0 then t1.family_name
  end as c1_2,
  case
  when d1.s_identity >= 0 then t1.family_name
  end as c1_3
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
    when m1.g0 then 2
    when m1.g1 then 5
    end as vis, m1.pairs as pairs, coalesce(case
      when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then null
      when m1.g1 then 5 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m1.rc) or '*' = any(m1.rc), false) then 1024 else 0 end)) & (r1.rd)), 0), 4096)) * 4096 + 4090 from unnest(m1.m1) u(u))), -1)) as s_identity offset 0) d1),
p1 as materialized (select tp1.o, row_number() over (order by pp.rn, tp1.o) as rn, pp.rn as prn, pp.i1 as prid,
  case
  when d2.vis is not null then tp1.id
  end as i2, d2.vis as v2, d2.pairs as p2, array[2, d2.vis, d2.s_shell]::int[] as k2,
  case
  when d2.s_shell >= 0 then tp1.state
  end as c2_1, tp1.id as rid
  from s1 pp
  cross join lateral (select l.*, row_number() over () as o
    from (select *
      from (select tp1.*
        from registry.return_case tp1
        where tp1.victim_id = pp.i1 and (((coalesce(tp1.agreement_code = $2::text, false) and tp1.origin = $3::text and tp1.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') and (tp1.origin <> $3::text or tp1.host = $3::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0)))) q
      order by id
      limit $5::integer + 1) l offset 0) tp1
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = tp1.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h2
  cross join lateral (select
    case
    when coalesce(tp1.agreement_code = $2::text, false) and tp1.origin = $3::text then
    case
    when tp1.main_rank >= 3 and (tp1.origin <> $3::text or tp1.host = $3::text or (tp1.main_rank >= 3 and not tp1.not_a_national)) then 0
    else 8
    end +
    case
    when h2.h0 then 0
    else 32
    end
    end as m0, ((coalesce(tp1.agreement_code = $2::text, false) and tp1.origin = $3::text and tp1.main_rank >= 3 and h2.h0 and (tp1.origin <> $3::text or tp1.host = $3::text or (tp1.main_rank >= 3 and not tp1.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when tp1.main_rank >= 3 and not tp1.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = tp1.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (tp1.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and tp1.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(tp1.host, tp1.origin) || '-' || greatest(tp1.host, tp1.origin)
    else tp1.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m2
  cross join lateral (select 1049 |
    case
    when (m2.m0 = 0) and not coalesce('CONSENT' = any(m2.rc) or '*' = any(m2.rc), false) then 96
    else 0
    end as rd offset 0) r2
  cross join lateral (select
    case
    when coalesce('*' = any(m2.rc), false) then null
    when m2.m0 = 0 then 3
    end as vis, m2.pairs as pairs, coalesce(case
      when coalesce('SHELL' = any(m2.rc) or '*' = any(m2.rc), false) then null
      when m2.m0 = 0 then 3 end, coalesce(-greatest(case
          when m2.sh and m2.m0 is not null then coalesce(nullif(((m2.m0 | (case when coalesce('SHELL' = any(m2.rc) or '*' = any(m2.rc), false) then 1024 else 0 end)) & (r2.rd)) & -((m2.m0 | (case when coalesce('SHELL' = any(m2.rc) or '*' = any(m2.rc), false) then 1024 else 0 end)) & (r2.rd)), 0), 4096) * 4096 + 4092 end), -1)) as s_shell offset 0) d2
  where pp.i1 is not null),
a1 as materialized (select p.prn, bool_or(p.o > $5::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.i2 as "id", p.c2_1 as "state") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $5::integer) as e1
  from p1 p
  group by p.prn),
n1 as materialized (select pp.rn as prn, (select count(*)
    from registry.return_case c1
    where c1.victim_id = pp.i1 and (((coalesce(c1.agreement_code = $2::text, false) and c1.origin = $3::text and c1.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = c1.id and s.purpose = 'NOTIFICATION') and (c1.origin <> $3::text or c1.host = $3::text or (c1.main_rank >= 3 and not c1.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = c1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0)))) as tc
  from s1 pp),
p2 as materialized (select tp2.o, row_number() over (order by pp.rn, tp2.o) as rn, pp.rn as prn, pp.i1 as prid,
  case
  when d3.vis is not null then tp2.id
  end as i3, d3.vis as v3, d3.pairs as p3, array[3, d3.vis, d3.s_shell]::int[] as k3,
  case
  when d3.s_shell >= 0 then tp2.state
  end as c3_0, tp2.ok0 as ok0, tp2.id as rid
  from s1 pp
  cross join lateral (select l.*, row_number() over () as o
    from (select *
      from (select tp2.*, (case
          when (((coalesce(tp2.agreement_code = $2::text, false) and tp2.origin = $3::text and tp2.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp2.id and s.purpose = 'NOTIFICATION') and (tp2.origin <> $3::text or tp2.host = $3::text or (tp2.main_rank >= 3 and not tp2.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0))) then tp2.state end) as ok0
        from registry.return_case tp2
        where tp2.victim_id = pp.i1 and (((coalesce(tp2.agreement_code = $2::text, false) and tp2.origin = $3::text and tp2.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp2.id and s.purpose = 'NOTIFICATION') and (tp2.origin <> $3::text or tp2.host = $3::text or (tp2.main_rank >= 3 and not tp2.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0)))) q
      order by ok0 collate "C" asc nulls last, id
      limit $6::integer + 1) l offset 0) tp2
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = tp2.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h3
  cross join lateral (select
    case
    when coalesce(tp2.agreement_code = $2::text, false) and tp2.origin = $3::text then
    case
    when tp2.main_rank >= 3 and (tp2.origin <> $3::text or tp2.host = $3::text or (tp2.main_rank >= 3 and not tp2.not_a_national)) then 0
    else 8
    end +
    case
    when h3.h0 then 0
    else 32
    end
    end as m0, ((coalesce(tp2.agreement_code = $2::text, false) and tp2.origin = $3::text and tp2.main_rank >= 3 and h3.h0 and (tp2.origin <> $3::text or tp2.host = $3::text or (tp2.main_rank >= 3 and not tp2.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = tp2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when tp2.main_rank >= 3 and not tp2.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = tp2.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (tp2.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and tp2.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(tp2.host, tp2.origin) || '-' || greatest(tp2.host, tp2.origin)
    else tp2.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m3
  cross join lateral (select 1049 |
    case
    when (m3.m0 = 0) and not coalesce('CONSENT' = any(m3.rc) or '*' = any(m3.rc), false) then 96
    else 0
    end as rd offset 0) r3
  cross join lateral (select
    case
    when coalesce('*' = any(m3.rc), false) then null
    when m3.m0 = 0 then 3
    end as vis, m3.pairs as pairs, coalesce(case
      when coalesce('SHELL' = any(m3.rc) or '*' = any(m3.rc), false) then null
      when m3.m0 = 0 then 3 end, coalesce(-greatest(case
          when m3.sh and m3.m0 is not null then coalesce(nullif(((m3.m0 | (case when coalesce('SHELL' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)) & -((m3.m0 | (case when coalesce('SHELL' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)), 0), 4096) * 4096 + 4092 end), -1)) as s_shell offset 0) d3
  where pp.i1 is not null),
p3 as materialized (select tp3.o, row_number() over (order by pp.rn, tp3.o) as rn, pp.rn as prn, pp.i3 as prid,
  case
  when d4.vis is not null then tp3.id
  end as i4, d4.vis as v4, d4.pairs as p4, array[4, d4.vis, d4.s_consent]::int[] as k4,
  case
  when d4.s_consent >= 0 then tp3.purpose
  end as c4_0,
  case
  when d4.s_consent >= 0 then tp3.state
  end as c4_1, tp3.id as rid
  from p2 pp
  cross join lateral (select l.*, row_number() over () as o
    from (select *
      from (select tp3.*
        from registry.consent tp3 join registry.return_case tp3c on tp3c.id = tp3.case_id
        where tp3.case_id = pp.i3 and (((coalesce(tp3c.agreement_code = $2::text, false) and tp3c.origin = $3::text and tp3c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = tp3c.id and s.purpose = 'NOTIFICATION') and tp3.purpose = 'TRACING' and (tp3c.origin <> $3::text or tp3c.host = $3::text or (tp3c.main_rank >= 3 and not tp3c.not_a_national))) and not exists (select from registry.restriction r where r.record_id = tp3.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0)))) q
      order by id
      limit $7::integer + 1) l offset 0) tp3 join registry.return_case tp3c on tp3c.id = tp3.case_id
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = tp3c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h4
  cross join lateral (select
    case
    when coalesce(tp3c.agreement_code = $2::text, false) and tp3c.origin = $3::text then
    case
    when tp3c.main_rank >= 3 and (tp3c.origin <> $3::text or tp3c.host = $3::text or (tp3c.main_rank >= 3 and not tp3c.not_a_national)) then 0
    else 8
    end +
    case
    when h4.h0 then 0
    else 32
    end +
    case
    when tp3.purpose = 'TRACING' then 0
    else 128
    end
    end as m0, ((coalesce(tp3c.agreement_code = $2::text, false) and tp3c.origin = $3::text and tp3c.main_rank >= 3 and h4.h0 and (tp3c.origin <> $3::text or tp3c.host = $3::text or (tp3c.main_rank >= 3 and not tp3c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = tp3c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when tp3c.main_rank >= 3 and not tp3c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = tp3c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (tp3c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and tp3c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(tp3c.host, tp3c.origin) || '-' || greatest(tp3c.host, tp3c.origin)
    else tp3c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp3.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m4
  cross join lateral (select 1049 |
    case
    when (m4.m0 = 0) and not coalesce('CONSENT' = any(m4.rc) or '*' = any(m4.rc), false) then 96
    else 0
    end as rd offset 0) r4
  cross join lateral (select
    case
    when coalesce('*' = any(m4.rc), false) then null
    when m4.m0 = 0 then 4
    end as vis, m4.pairs as pairs, coalesce(case
      when coalesce('CONSENT' = any(m4.rc) or '*' = any(m4.rc), false) then null
      when m4.m0 = 0 then 4 end, coalesce(-greatest(case
          when m4.sh and m4.m0 is not null then coalesce(nullif(((m4.m0 | (case when coalesce('CONSENT' = any(m4.rc) or '*' = any(m4.rc), false) then 1024 else 0 end)) & (r4.rd)) & -((m4.m0 | (case when coalesce('CONSENT' = any(m4.rc) or '*' = any(m4.rc), false) then 1024 else 0 end)) & (r4.rd)), 0), 4096) * 4096 + 4091 end), -1)) as s_consent offset 0) d4
  where pp.i3 is not null and pp.o <= $6::integer),
a3 as materialized (select p.prn, bool_or(p.o > $7::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.c4_0 as "purpose", p.c4_1 as "state") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $7::integer) as e0
  from p3 p
  group by p.prn),
a2 as materialized (select p.prn, bool_or(p.o > $6::integer) as hn, (array_agg(($8::text || ':2:' || p.rn)
      order by p.o) filter (where p.o <= $6::integer))[1] as sc, (array_agg(($8::text || ':2:' || p.rn)
      order by p.o desc) filter (where p.o <= $6::integer))[1] as ec, json_agg((select row_to_json("~r")
      from (select ($8::text || ':2:' || p.rn) as "cursor", (select row_to_json("~r")
          from (select p.c3_0 as "state", (select row_to_json("~r") from (select coalesce(a3.e0, '[]') as "edges") "~r") as "consents") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $6::integer) as e0
  from p2 p
  left join a3 on a3.prn = p.rn
  group by p.prn),
u as materialized (select 'Victim'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from s1 p
  where p.i1 is not null
  union all
  select 'ReturnCase'::text as ty, p.i2 as rid, p.p2 as pairs, p.k2 as key
  from p1 p
  where p.i2 is not null and p.o <= $5::integer
  union all
  select 'ReturnCase'::text as ty, p.i3 as rid, p.p3 as pairs, p.k3 as key
  from p2 p
  where p.i3 is not null and p.o <= $6::integer
  union all
  select 'Consent'::text as ty, p.i4 as rid, p.p4 as pairs, p.k4 as key
  from p3 p
  where p.i4 is not null and p.o <= $7::integer),
g as materialized (select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids
  from (select ty, rid, pairs, array_to_string(key, ',') as parts
    from u
    where ty in ('Consent', 'Victim')
    union all
    select ty, rid, pairs, string_agg(distinct array_to_string(key, ','), ';') as parts
    from u
    where ty in ('ReturnCase')
    group by ty, rid, pairs) z
  group by ty, pairs, parts),
cells as materialized (select g.g, g.pairs, g.ids, x.st, x.fields
  from g
  cross join lateral (select k.key[l.pos] as st, array_agg(distinct l.field collate "C"
      order by l.field collate "C") as fields
    from string_to_table(g.parts, ';') s(part)
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'Victim.familyName'), (2, 3, 'ReturnCase.state'), (3, 3, 'ReturnCase.state'), (4, 3, 'Consent.purpose'), (4, 3, 'Consent.state')) l(inst, pos, field) on l.inst = k.key[1]
    group by 1) x),
entries as materialized (select t.pair, ($9::text[])[c.st] as clause, c.fields, array_agg(i.id
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
k as materialized (select statement_timestamp() at time zone 'UTC' as at, $10::uuid as id
  where true),
rec as (insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
  select $10::uuid, k.at at time zone 'UTC', 'ACCESS', $4::text, $3::text, $11::text, $12::text[], $13::text[], $14::text, $15::text, $16::text, $17::text, $18::text, $19::text, $20::text, $21::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
        order by split_part(e.clause, '#', 1) collate "C")
      from entries e), '{}'), $22::text[], $23::jsonb, coalesce((select jsonb_agg(jsonb_build_object('field', h.field, 'reason', h.reason, 'count', h.count)
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
  select $10::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($3::text, ''), $4::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $24::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $10::uuid || '","kind":"ACCESS","operation":' || $25::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($18::text)::text || ',"refusals":' || $26::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
      from 1 for 16), 'base64') || '","searched":' || $27::text || ',"trace":' || to_json($21::text)::text || ',"v":1,"withheld":[' || coalesce((select string_agg(row_to_json(x)::text, ','
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
select (select v.number <> $28::bigint
  from policy.version v) or coalesce(now() >= $29::timestamptz, false) as stale,
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
  (select json_agg(z.k)
  from (select json_build_array(2, p.rn, p.prid::text, array[p.ok0::text, p.rid::text]) as k
    from p2 p
    where p.o <= $6::integer) z)::text as cursors,
  (select (select row_to_json("~r")
    from (select p.i1 as "id", 'Victim'::text as "__typename", p.c1_2 as "first", p.c1_3 as "second", (select row_to_json("~r")
        from (select n1.tc as "totalCount", coalesce(a1.e1, '[]') as "edges", (select row_to_json("~r") from (select coalesce(a1.hn, false) as "hasNextPage") "~r") as "pageInfo") "~r") as "one", (select row_to_json("~r")
        from (select coalesce(a2.e0, '[]') as "edges") "~r") as "all") "~r")
  from s1 p
  left join a1 on a1.prn = p.rn
  left join n1 on n1.prn = p.rn
  left join a2 on a2.prn = p.rn)::text as r1
