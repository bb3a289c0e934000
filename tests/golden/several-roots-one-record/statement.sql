with
s2 as materialized (select t1.rn,
  case
  when d1.vis is not null then t1.id
  end as i1, d1.vis as v1, d1.pairs as p1, array[1, d1.vis, d1.s_identity]::int[] as k1,
  case
  when d1.s_identity >= 0 then t1.family_name
  end as c1_1
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
s3 as materialized (select t2.rn,
  case
  when d2.vis is not null then t2.id
  end as i2, d2.vis as v2, d2.pairs as p2, array[2, d2.vis, d2.s_shell]::int[] as k2,
  case
  when d2.s_shell >= 0 then t2.state
  end as c2_1, xt3.i3 as i3, xt3.v3 as v3, xt3.p3 as p3, xt3.k3 as k3, xt3.c3_0 as c3_0
  from (select t2.*, 1::bigint as rn
    from registry.return_case t2
    where t2.id = $5::uuid and (((coalesce(t2.agreement_code = $2::text, false) and t2.origin = $3::text and t2.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t2.id and s.purpose = 'NOTIFICATION') and (t2.origin <> $3::text or t2.host = $3::text or (t2.main_rank >= 3 and not t2.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t2
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = t2.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h2
  cross join lateral (select
    case
    when coalesce(t2.agreement_code = $2::text, false) and t2.origin = $3::text then
    case
    when t2.main_rank >= 3 and (t2.origin <> $3::text or t2.host = $3::text or (t2.main_rank >= 3 and not t2.not_a_national)) then 0
    else 8
    end +
    case
    when h2.h0 then 0
    else 32
    end
    end as m0, ((coalesce(t2.agreement_code = $2::text, false) and t2.origin = $3::text and t2.main_rank >= 3 and h2.h0 and (t2.origin <> $3::text or t2.host = $3::text or (t2.main_rank >= 3 and not t2.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t2.main_rank >= 3 and not t2.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t2.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t2.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t2.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t2.host, t2.origin) || '-' || greatest(t2.host, t2.origin)
    else t2.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t2.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
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
  left join lateral (select
    case
    when d3.vis is not null then t3.id
    end as i3, d3.vis as v3, d3.pairs as p3, array[3, d3.vis, d3.s_identity]::int[] as k3,
    case
    when d3.s_identity >= 0 then t3.family_name
    end as c3_0
    from registry.victim t3
    cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, coalesce(bool_or(k.m1 = 0), false) as g1, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, array_agg(k.m1) filter (where k.sh and k.m1 is not null) as m1, coalesce(string_agg(distinct k.pairs, ','
          order by k.pairs) filter (where k.m0 = 0 or k.m1 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
        from registry.restriction r
        where r.record_id = t3.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text)) as rc
      from (select
        case
        when coalesce(t3c.agreement_code = $2::text, false) and t3c.origin = $3::text then
        case
        when t3c.main_rank >= 3 and (t3c.origin <> $3::text or t3c.host = $3::text or (t3c.main_rank >= 3 and not t3c.not_a_national)) then 0
        else 8
        end +
        case
        when h3.h0 then 0
        else 32
        end
        end as m0,
        case
        when coalesce(t3c.agreement_code = $2::text, false) and t3c.origin = $3::text then
        case
        when t3c.main_rank between 4 and 6 and (t3c.origin <> $3::text or t3c.host = $3::text or (t3c.main_rank >= 3 and not t3c.not_a_national)) then 0
        else 8
        end +
        case
        when h3.h0 then 0
        else 32
        end +
        case
        when (select coalesce(case when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false)
          from registry.consent s
          where s.case_id = t3c.id and s.purpose = 'TRACING') then 0
        else 64
        end +
        case
        when ((not t3.age_disputed and coalesce(t3.birth_latest <= (current_date - interval '18 years')::date, false)) or (t3c.best_interests_decision is not null and t3c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t3c.id and s.purpose = 'TRACING'), false))) then 0
        else 256
        end
        end as m1, ((coalesce(t3c.agreement_code = $2::text, false) and t3c.origin = $3::text and t3c.main_rank >= 3 and h3.h0 and (t3c.origin <> $3::text or t3c.host = $3::text or (t3c.main_rank >= 3 and not t3c.not_a_national))) and not exists (select from registry.restriction r where r.record_id = t3c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
        case
        when t3c.main_rank >= 3 and not t3c.not_a_national and not exists (select
          from registry.consent s
          where s.case_id = t3c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t3c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select from registry.consent n where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t3c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t3c.host, t3c.origin) || '-' || greatest(t3c.host, t3c.origin)
        else t3c.host
        end as pairs
        from registry.return_case t3c
        cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t3c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h3
        where t3c.victim_id = t3.id offset 0) k) m3
    cross join lateral (select 1049 |
      case
      when (m3.g0 or m3.g1) and not coalesce('PERSON' = any(m3.rc) or '*' = any(m3.rc), false) then 770
      else 0
      end as rd offset 0) r3
    cross join lateral (select
      case
      when coalesce('*' = any(m3.rc), false) then null
      when m3.g0 then 2
      when m3.g1 then 5
      end as vis, m3.pairs as pairs, coalesce(case
        when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then null
        when m3.g1 then 5 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m3.rc) or '*' = any(m3.rc), false) then 1024 else 0 end)) & (r3.rd)), 0), 4096)) * 4096 + 4090 from unnest(m3.m1) u(u))), -1)) as s_identity offset 0) d3
    where t3.id = t2.victim_id offset 0) xt3 on true),
s4 as materialized (select t4.rn,
  case
  when d4.vis is not null then t4.id
  end as i4, d4.vis as v4, d4.pairs as p4, array[4, d4.vis, d4.s_identity]::int[] as k4,
  case
  when d4.s_identity >= 0 then t4.family_name
  end as c4_1
  from (select t4.*, 1::bigint as rn
    from registry.victim t4
    where t4.id = $6::uuid and ((exists (select
          from registry.return_case t4c
          where t4c.victim_id = t4.id and (coalesce(t4c.agreement_code = $2::text, false) and t4c.origin = $3::text and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t4c.id and s.purpose = 'NOTIFICATION') and (t4c.origin <> $3::text or t4c.host = $3::text or (t4c.main_rank >= 3 and not t4c.not_a_national)) and ((t4c.main_rank >= 3) or (t4c.main_rank between 4 and 6 and (select coalesce(case when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false) from registry.consent s where s.case_id = t4c.id and s.purpose = 'TRACING') and ((not t4.age_disputed and coalesce(t4.birth_latest <= (current_date - interval '18 years')::date, false)) or (t4c.best_interests_decision is not null and t4c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t4c.id and s.purpose = 'TRACING'), false))))))) and not exists (select
          from registry.restriction r
          where r.record_id = t4.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t4
  cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, coalesce(bool_or(k.m1 = 0), false) as g1, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, array_agg(k.m1) filter (where k.sh and k.m1 is not null) as m1, coalesce(string_agg(distinct k.pairs, ','
        order by k.pairs) filter (where k.m0 = 0 or k.m1 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t4.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc
    from (select
      case
      when coalesce(t4c.agreement_code = $2::text, false) and t4c.origin = $3::text then
      case
      when t4c.main_rank >= 3 and (t4c.origin <> $3::text or t4c.host = $3::text or (t4c.main_rank >= 3 and not t4c.not_a_national)) then 0
      else 8
      end +
      case
      when h4.h0 then 0
      else 32
      end
      end as m0,
      case
      when coalesce(t4c.agreement_code = $2::text, false) and t4c.origin = $3::text then
      case
      when t4c.main_rank between 4 and 6 and (t4c.origin <> $3::text or t4c.host = $3::text or (t4c.main_rank >= 3 and not t4c.not_a_national)) then 0
      else 8
      end +
      case
      when h4.h0 then 0
      else 32
      end +
      case
      when (select coalesce(case
          when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz)
          else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false)
        from registry.consent s
        where s.case_id = t4c.id and s.purpose = 'TRACING') then 0
      else 64
      end +
      case
      when ((not t4.age_disputed and coalesce(t4.birth_latest <= (current_date - interval '18 years')::date, false)) or (t4c.best_interests_decision is not null and t4c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t4c.id and s.purpose = 'TRACING'), false))) then 0
      else 256
      end
      end as m1, ((coalesce(t4c.agreement_code = $2::text, false) and t4c.origin = $3::text and t4c.main_rank >= 3 and h4.h0 and (t4c.origin <> $3::text or t4c.host = $3::text or (t4c.main_rank >= 3 and not t4c.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t4c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
      case
      when t4c.main_rank >= 3 and not t4c.not_a_national and not exists (select
        from registry.consent s
        where s.case_id = t4c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t4c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
          from registry.consent n
          where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t4c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t4c.host, t4c.origin) || '-' || greatest(t4c.host, t4c.origin)
      else t4c.host
      end as pairs
      from registry.return_case t4c
      cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t4c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h4
      where t4c.victim_id = t4.id offset 0) k) m4
  cross join lateral (select 1049 |
    case
    when (m4.g0 or m4.g1) and not coalesce('PERSON' = any(m4.rc) or '*' = any(m4.rc), false) then 770
    else 0
    end as rd offset 0) r4
  cross join lateral (select
    case
    when coalesce('*' = any(m4.rc), false) then null
    when m4.g0 then 2
    when m4.g1 then 5
    end as vis, m4.pairs as pairs, coalesce(case
      when coalesce('IDENTITY' = any(m4.rc) or '*' = any(m4.rc), false) then null
      when m4.g1 then 5 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m4.rc) or '*' = any(m4.rc), false) then 1024 else 0 end)) & (r4.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m4.rc) or '*' = any(m4.rc), false) then 1024 else 0 end)) & (r4.rd)), 0), 4096)) * 4096 + 4090 from unnest(m4.m1) u(u))), -1)) as s_identity offset 0) d4),
s5_0 as materialized (select t5.rn,
  case
  when d5.vis is not null then t5.id
  end as i5, d5.vis as v5, d5.pairs as p5, array[5, d5.vis, d5.s_person, d5.s_identity]::int[] as k5,
  case
  when d5.s_person >= 0 then
  case
  when t5.birth_latest is null then null
  when t5.birth_latest > (current_date - interval '9 years')::date then '0-8'
  when t5.birth_latest > (current_date - interval '18 years')::date then '9-17'
  when t5.birth_latest > (current_date - interval '21 years')::date then '18-20'
  when t5.birth_latest > (current_date - interval '24 years')::date then '21-23'
  when t5.birth_latest > (current_date - interval '27 years')::date then '24-26'
  when t5.birth_latest > (current_date - interval '30 years')::date then '27-29'
  when t5.birth_latest > (current_date - interval '39 years')::date then '30-38'
  when t5.birth_latest > (current_date - interval '48 years')::date then '39-47'
  else '48+'
  end
  end as c5_2,
  case
  when d5.s_identity >= 0 then t5.family_name
  end as c5_3
  from (select t5.*, 1::bigint as rn
    from registry.victim t5
    where t5.id = $1::uuid and ((exists (select
          from registry.return_case t5c
          where t5c.victim_id = t5.id and (coalesce(t5c.agreement_code = $2::text, false) and t5c.origin = $3::text and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t5c.id and s.purpose = 'NOTIFICATION') and (t5c.origin <> $3::text or t5c.host = $3::text or (t5c.main_rank >= 3 and not t5c.not_a_national)) and ((t5c.main_rank >= 3) or (t5c.main_rank between 4 and 6 and (select coalesce(case when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false) from registry.consent s where s.case_id = t5c.id and s.purpose = 'TRACING') and ((not t5.age_disputed and coalesce(t5.birth_latest <= (current_date - interval '18 years')::date, false)) or (t5c.best_interests_decision is not null and t5c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t5c.id and s.purpose = 'TRACING'), false))))))) and not exists (select
          from registry.restriction r
          where r.record_id = t5.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t5
  cross join lateral (select coalesce(bool_or(k.m0 = 0), false) as g0, coalesce(bool_or(k.m1 = 0), false) as g1, array_agg(k.m0) filter (where k.sh and k.m0 is not null) as m0, array_agg(k.m1) filter (where k.sh and k.m1 is not null) as m1, coalesce(string_agg(distinct k.pairs, ','
        order by k.pairs) filter (where k.m0 = 0 or k.m1 = 0), '') as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t5.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc
    from (select
      case
      when coalesce(t5c.agreement_code = $2::text, false) and t5c.origin = $3::text then
      case
      when t5c.main_rank >= 3 and (t5c.origin <> $3::text or t5c.host = $3::text or (t5c.main_rank >= 3 and not t5c.not_a_national)) then 0
      else 8
      end +
      case
      when h5.h0 then 0
      else 32
      end
      end as m0,
      case
      when coalesce(t5c.agreement_code = $2::text, false) and t5c.origin = $3::text then
      case
      when t5c.main_rank between 4 and 6 and (t5c.origin <> $3::text or t5c.host = $3::text or (t5c.main_rank >= 3 and not t5c.not_a_national)) then 0
      else 8
      end +
      case
      when h5.h0 then 0
      else 32
      end +
      case
      when (select coalesce(case
          when coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients))) is not null then max(s.stated_at) filter (where s.state = 'GIVEN' and $4::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $4::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz)
          else max(s.stated_at) filter (where s.state = 'GIVEN' and $3::text = any(s.recipients)) > greatest(max(s.stated_at) filter (where s.state <> 'GIVEN' and $3::text = any(s.recipients)), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and ($4::text = any(s.recipients) or $3::text = any(s.recipients) or s.recipients = '{}')), '-infinity'::timestamptz) end, false)
        from registry.consent s
        where s.case_id = t5c.id and s.purpose = 'TRACING') then 0
      else 64
      end +
      case
      when ((not t5.age_disputed and coalesce(t5.birth_latest <= (current_date - interval '18 years')::date, false)) or (t5c.best_interests_decision is not null and t5c.case_worker is not null and coalesce((select coalesce(max(s.stated_at) filter (where s.state = 'GIVEN' and s.guardian is not null and s.assent and s.given_by in ('SELF_WITH_GUARDIAN', 'GUARDIAN', 'COURT')) > coalesce(max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN')), '-infinity'), false) from registry.consent s where s.case_id = t5c.id and s.purpose = 'TRACING'), false))) then 0
      else 256
      end
      end as m1, ((coalesce(t5c.agreement_code = $2::text, false) and t5c.origin = $3::text and t5c.main_rank >= 3 and h5.h0 and (t5c.origin <> $3::text or t5c.host = $3::text or (t5c.main_rank >= 3 and not t5c.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t5c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
      case
      when t5c.main_rank >= 3 and not t5c.not_a_national and not exists (select
        from registry.consent s
        where s.case_id = t5c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t5c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
          from registry.consent n
          where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t5c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t5c.host, t5c.origin) || '-' || greatest(t5c.host, t5c.origin)
      else t5c.host
      end as pairs
      from registry.return_case t5c
      cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t5c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h5
      where t5c.victim_id = t5.id offset 0) k) m5
  cross join lateral (select 1049 |
    case
    when (m5.g0 or m5.g1) and not coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then 770
    else 0
    end as rd offset 0) r5
  cross join lateral (select
    case
    when coalesce('*' = any(m5.rc), false) then null
    when m5.g0 then 2
    when m5.g1 then 5
    end as vis, m5.pairs as pairs, coalesce(case
      when coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then null
      when m5.g0 then 2
      when m5.g1 then 5 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)) & -((u.u | (case when coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)), 0), 4096)) * 4096 + 4093 from unnest(m5.m0) u(u)), (select max(coalesce(nullif(((u.u | (case when coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)) & -((u.u | (case when coalesce('PERSON' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)), 0), 4096)) * 4096 + 4090 from unnest(m5.m1) u(u))), -1)) as s_person, coalesce(case
      when coalesce('IDENTITY' = any(m5.rc) or '*' = any(m5.rc), false) then null
      when m5.g1 then 5 end, coalesce(-greatest((select max(coalesce(nullif(((u.u | (case when coalesce('IDENTITY' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)) & -((u.u | (case when coalesce('IDENTITY' = any(m5.rc) or '*' = any(m5.rc), false) then 1024 else 0 end)) & (r5.rd)), 0), 4096)) * 4096 + 4090 from unnest(m5.m1) u(u))), -1)) as s_identity offset 0) d5),
s5_1 as materialized (select t6.rn,
  case
  when d6.vis is not null then t6.id
  end as i6, d6.vis as v6, d6.pairs as p6, array[6, d6.vis]::int[] as k6
  from (select t6.*, 1::bigint as rn
    from registry.return_case t6
    where t6.id = $1::uuid and (((coalesce(t6.agreement_code = $2::text, false) and t6.origin = $3::text and t6.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t6.id and s.purpose = 'NOTIFICATION') and (t6.origin <> $3::text or t6.host = $3::text or (t6.main_rank >= 3 and not t6.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t6.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t6
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = t6.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h6
  cross join lateral (select
    case
    when coalesce(t6.agreement_code = $2::text, false) and t6.origin = $3::text then
    case
    when t6.main_rank >= 3 and (t6.origin <> $3::text or t6.host = $3::text or (t6.main_rank >= 3 and not t6.not_a_national)) then 0
    else 8
    end +
    case
    when h6.h0 then 0
    else 32
    end
    end as m0, ((coalesce(t6.agreement_code = $2::text, false) and t6.origin = $3::text and t6.main_rank >= 3 and h6.h0 and (t6.origin <> $3::text or t6.host = $3::text or (t6.main_rank >= 3 and not t6.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t6.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t6.main_rank >= 3 and not t6.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t6.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t6.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t6.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t6.host, t6.origin) || '-' || greatest(t6.host, t6.origin)
    else t6.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t6.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m6
  cross join lateral (select
    case
    when coalesce('*' = any(m6.rc), false) then null
    when m6.m0 = 0 then 3
    end as vis, m6.pairs as pairs offset 0) d6),
s5_2 as materialized (select t7.rn,
  case
  when d7.vis is not null then t7.id
  end as i7, d7.vis as v7, d7.pairs as p7, array[7, d7.vis]::int[] as k7
  from (select t7.*, 1::bigint as rn
    from registry.transition t7 join registry.return_case t7c on t7c.id = t7.case_id
    where t7.id = $1::uuid and (false) offset 0) t7 join registry.return_case t7c on t7c.id = t7.case_id
  cross join lateral (select ((coalesce(t7c.agreement_code = $2::text, false) and t7c.origin = $3::text and t7c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t7c.id and s.purpose = 'NOTIFICATION') and (t7c.origin <> $3::text or t7c.host = $3::text or (t7c.main_rank >= 3 and not t7c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t7c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t7c.main_rank >= 3 and not t7c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t7c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t7c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t7c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t7c.host, t7c.origin) || '-' || greatest(t7c.host, t7c.origin)
    else t7c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t7.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m7
  cross join lateral (select null::int as vis, m7.pairs as pairs offset 0) d7),
s5_3 as materialized (select t8.rn,
  case
  when d8.vis is not null then t8.id
  end as i8, d8.vis as v8, d8.pairs as p8, array[8, d8.vis]::int[] as k8
  from (select t8.*, 1::bigint as rn
    from registry.consent t8 join registry.return_case t8c on t8c.id = t8.case_id
    where t8.id = $1::uuid and (((coalesce(t8c.agreement_code = $2::text, false) and t8c.origin = $3::text and t8c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null) from registry.consent s where s.case_id = t8c.id and s.purpose = 'NOTIFICATION') and t8.purpose = 'TRACING' and (t8c.origin <> $3::text or t8c.host = $3::text or (t8c.main_rank >= 3 and not t8c.not_a_national))) and not exists (select
          from registry.restriction r
          where r.record_id = t8.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t8 join registry.return_case t8c on t8c.id = t8.case_id
  cross join lateral (select (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
      from registry.consent s
      where s.case_id = t8c.id and s.purpose = 'NOTIFICATION') as h0 offset 0) h8
  cross join lateral (select
    case
    when coalesce(t8c.agreement_code = $2::text, false) and t8c.origin = $3::text then
    case
    when t8c.main_rank >= 3 and (t8c.origin <> $3::text or t8c.host = $3::text or (t8c.main_rank >= 3 and not t8c.not_a_national)) then 0
    else 8
    end +
    case
    when h8.h0 then 0
    else 32
    end +
    case
    when t8.purpose = 'TRACING' then 0
    else 128
    end
    end as m0, ((coalesce(t8c.agreement_code = $2::text, false) and t8c.origin = $3::text and t8c.main_rank >= 3 and h8.h0 and (t8c.origin <> $3::text or t8c.host = $3::text or (t8c.main_rank >= 3 and not t8c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t8c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t8c.main_rank >= 3 and not t8c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t8c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t8c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t8c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t8c.host, t8c.origin) || '-' || greatest(t8c.host, t8c.origin)
    else t8c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t8.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m8
  cross join lateral (select
    case
    when coalesce('*' = any(m8.rc), false) then null
    when m8.m0 = 0 then 4
    end as vis, m8.pairs as pairs offset 0) d8),
s5_4 as materialized (select t9.rn,
  case
  when d9.vis is not null then t9.id
  end as i9, d9.vis as v9, d9.pairs as p9, array[9, d9.vis]::int[] as k9
  from (select t9.*, 1::bigint as rn
    from registry.referral t9 join registry.return_case t9c on t9c.id = t9.case_id
    where t9.id = $1::uuid and (false) offset 0) t9 join registry.return_case t9c on t9c.id = t9.case_id
  cross join lateral (select ((coalesce(t9c.agreement_code = $2::text, false) and t9c.origin = $3::text and t9c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t9c.id and s.purpose = 'NOTIFICATION') and (t9c.origin <> $3::text or t9c.host = $3::text or (t9c.main_rank >= 3 and not t9c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t9c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t9c.main_rank >= 3 and not t9c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t9c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t9c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t9c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t9c.host, t9c.origin) || '-' || greatest(t9c.host, t9c.origin)
    else t9c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t9.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m9
  cross join lateral (select null::int as vis, m9.pairs as pairs offset 0) d9),
s5_5 as materialized (select t10.rn,
  case
  when d10.vis is not null then t10.id
  end as i10, d10.vis as v10, d10.pairs as p10, array[10, d10.vis]::int[] as k10
  from (select t10.*, 1::bigint as rn
    from registry.assessment t10 join registry.return_case t10c on t10c.id = t10.case_id
    where t10.id = $1::uuid and (false) offset 0) t10 join registry.return_case t10c on t10c.id = t10.case_id
  cross join lateral (select ((coalesce(t10c.agreement_code = $2::text, false) and t10c.origin = $3::text and t10c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t10c.id and s.purpose = 'NOTIFICATION') and (t10c.origin <> $3::text or t10c.host = $3::text or (t10c.main_rank >= 3 and not t10c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t10c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t10c.main_rank >= 3 and not t10c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t10c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t10c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t10c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t10c.host, t10c.origin) || '-' || greatest(t10c.host, t10c.origin)
    else t10c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t10.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m10
  cross join lateral (select null::int as vis, m10.pairs as pairs offset 0) d10),
s5_6 as materialized (select t11.rn,
  case
  when d11.vis is not null then t11.id
  end as i11, d11.vis as v11, d11.pairs as p11, array[11, d11.vis]::int[] as k11
  from (select t11.*, 1::bigint as rn
    from registry.travel_paper t11 join registry.return_case t11c on t11c.id = t11.case_id
    where t11.id = $1::uuid and (false) offset 0) t11 join registry.return_case t11c on t11c.id = t11.case_id
  cross join lateral (select ((coalesce(t11c.agreement_code = $2::text, false) and t11c.origin = $3::text and t11c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t11c.id and s.purpose = 'NOTIFICATION') and (t11c.origin <> $3::text or t11c.host = $3::text or (t11c.main_rank >= 3 and not t11c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t11c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t11c.main_rank >= 3 and not t11c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t11c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t11c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t11c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t11c.host, t11c.origin) || '-' || greatest(t11c.host, t11c.origin)
    else t11c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t11.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m11
  cross join lateral (select null::int as vis, m11.pairs as pairs offset 0) d11),
s5_7 as materialized (select t12.rn,
  case
  when d12.vis is not null then t12.id
  end as i12, d12.vis as v12, d12.pairs as p12, array[12, d12.vis]::int[] as k12
  from (select t12.*, 1::bigint as rn
    from registry.follow_up t12 join registry.return_case t12c on t12c.id = t12.case_id
    where t12.id = $1::uuid and (false) offset 0) t12 join registry.return_case t12c on t12c.id = t12.case_id
  cross join lateral (select ((coalesce(t12c.agreement_code = $2::text, false) and t12c.origin = $3::text and t12c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t12c.id and s.purpose = 'NOTIFICATION') and (t12c.origin <> $3::text or t12c.host = $3::text or (t12c.main_rank >= 3 and not t12c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t12c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t12c.main_rank >= 3 and not t12c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t12c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t12c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t12c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t12c.host, t12c.origin) || '-' || greatest(t12c.host, t12c.origin)
    else t12c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t12.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m12
  cross join lateral (select null::int as vis, m12.pairs as pairs offset 0) d12),
s5_8 as materialized (select t13.rn,
  case
  when d13.vis is not null then t13.id
  end as i13, d13.vis as v13, d13.pairs as p13, array[13, d13.vis]::int[] as k13
  from (select t13.*, 1::bigint as rn
    from registry.legal_request t13 join registry.return_case t13c on t13c.id = t13.case_id
    where t13.id = $1::uuid and (false) offset 0) t13 join registry.return_case t13c on t13c.id = t13.case_id
  cross join lateral (select ((coalesce(t13c.agreement_code = $2::text, false) and t13c.origin = $3::text and t13c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t13c.id and s.purpose = 'NOTIFICATION') and (t13c.origin <> $3::text or t13c.host = $3::text or (t13c.main_rank >= 3 and not t13c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t13c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t13c.main_rank >= 3 and not t13c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t13c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t13c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t13c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t13c.host, t13c.origin) || '-' || greatest(t13c.host, t13c.origin)
    else t13c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t13.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m13
  cross join lateral (select null::int as vis, m13.pairs as pairs offset 0) d13),
s5_9 as materialized (select t14.rn,
  case
  when d14.vis is not null then t14.id
  end as i14, d14.vis as v14, d14.pairs as p14, array[14, d14.vis]::int[] as k14
  from (select t14.*, 1::bigint as rn
    from registry.emergency_opening t14 join registry.return_case t14c on t14c.id = t14.case_id
    where t14.id = $1::uuid and (false) offset 0) t14 join registry.return_case t14c on t14c.id = t14.case_id
  cross join lateral (select ((coalesce(t14c.agreement_code = $2::text, false) and t14c.origin = $3::text and t14c.main_rank >= 3 and (select coalesce(max(s.stated_at) filter (where not (s.state in ('REFUSED', 'WITHDRAWN')) and ($4::text = any(s.recipients) or $3::text = any(s.recipients))) > max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')), max(s.stated_at) filter (where s.state in ('REFUSED', 'WITHDRAWN') and (($4::text = any(s.recipients) or $3::text = any(s.recipients)) or s.recipients = '{}')) is null)
          from registry.consent s
          where s.case_id = t14c.id and s.purpose = 'NOTIFICATION') and (t14c.origin <> $3::text or t14c.host = $3::text or (t14c.main_rank >= 3 and not t14c.not_a_national))) and not exists (select
        from registry.restriction r
        where r.record_id = t14c.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
          from registry.agency b
          where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'SHELL') offset 0)) as sh,
    case
    when t14c.main_rank >= 3 and not t14c.not_a_national and not exists (select
      from registry.consent s
      where s.case_id = t14c.id and s.purpose = 'NOTIFICATION' and s.state in ('REFUSED', 'WITHDRAWN') and (t14c.origin = any(s.recipients) or s.recipients = '{}') and not exists (select
        from registry.consent n
        where n.case_id = s.case_id and n.purpose = 'NOTIFICATION' and n.state in ('GIVEN', 'NOT_ASKED') and t14c.origin = any(n.recipients) and n.stated_at > s.stated_at) offset 0) then least(t14c.host, t14c.origin) || '-' || greatest(t14c.host, t14c.origin)
    else t14c.host
    end as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t14.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m14
  cross join lateral (select null::int as vis, m14.pairs as pairs offset 0) d14),
s5_10 as materialized (select t15.rn,
  case
  when d15.vis is not null then t15.id
  end as i15, d15.vis as v15, d15.pairs as p15, array[15, d15.vis]::int[] as k15
  from (select t15.*, 1::bigint as rn
    from registry.agreement t15
    where t15.id = $1::uuid and ((t15.published) or ((exists (select from registry.agreement_party p where p.agreement_code = t15.code and p.party in ($3::text, $4::text))) and not exists (select
          from registry.restriction r
          where r.record_id = t15.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) offset 0) t15
  cross join lateral (select
    case
    when exists (select
      from registry.agreement_party p
      where p.agreement_code = t15.code and p.party in ($3::text, $4::text)) then 0
    end as m0, true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t15.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m15
  cross join lateral (select
    case
    when (t15.published) then 0
    else
    case
    when coalesce('*' = any(m15.rc), false) then null
    when m15.m0 = 0 then 1
    end
    end as vis, m15.pairs as pairs offset 0) d15),
s5_11 as materialized (select t16.rn,
  case
  when d16.vis is not null then t16.id
  end as i16, d16.vis as v16, d16.pairs as p16, array[16, d16.vis]::int[] as k16
  from (select t16.*, 1::bigint as rn
    from registry.clause t16
    where t16.id = $1::uuid and (false) offset 0) t16
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t16.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m16
  cross join lateral (select null::int as vis, m16.pairs as pairs offset 0) d16),
s5_12 as materialized (select t17.rn,
  case
  when d17.vis is not null then t17.id
  end as i17, d17.vis as v17, d17.pairs as p17, array[17, d17.vis]::int[] as k17
  from (select t17.*, 1::bigint as rn
    from registry.focal_point t17
    where t17.id = $1::uuid and (false) offset 0) t17
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t17.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m17
  cross join lateral (select null::int as vis, m17.pairs as pairs offset 0) d17),
s5_13 as materialized (select t18.rn,
  case
  when d18.vis is not null then t18.id
  end as i18, d18.vis as v18, d18.pairs as p18, array[18, d18.vis]::int[] as k18
  from (select t18.*, 1::bigint as rn
    from registry.bilateral_contact t18
    where t18.id = $1::uuid and (false) offset 0) t18
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t18.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m18
  cross join lateral (select null::int as vis, m18.pairs as pairs offset 0) d18),
s5_14 as materialized (select t19.rn,
  case
  when d19.vis is not null then t19.id
  end as i19, d19.vis as v19, d19.pairs as p19, array[19, d19.vis]::int[] as k19
  from (select t19.*, 1::bigint as rn
    from registry.agency t19
    where t19.id = $1::uuid and ((true)) offset 0) t19
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t19.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m19
  cross join lateral (select
    case
    when (true) then 0
    else null::int
    end as vis, m19.pairs as pairs offset 0) d19),
s5_15 as materialized (select t20.rn,
  case
  when d20.vis is not null then t20.id
  end as i20, d20.vis as v20, d20.pairs as p20, array[20, d20.vis]::int[] as k20
  from (select t20.*, 1::bigint as rn
    from ledger.access_record t20
    where t20.id = $1::uuid and (false) offset 0) t20
  cross join lateral (select true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = t20.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m20
  cross join lateral (select null::int as vis, m20.pairs as pairs offset 0) d20),
p1 as materialized (select tp1.o, tp1.o as rn, 0::bigint as prn,
  case
  when d21.vis is not null then tp1.id
  end as i21, d21.vis as v21, d21.pairs as p21, array[21, d21.vis, d21.s_agreement]::int[] as k21,
  case
  when d21.s_agreement >= 0 then tp1.code
  end as c21_0,
  case
  when d21.s_agreement >= 0 then tp1.title
  end as c21_1,
  case
  when d21.s_agreement >= 0 then coalesce((select array_agg(ap.party
        order by ap.party collate "C")
      from registry.agreement_party ap
      where ap.agreement_code = tp1.code), array[]::text[])
  end as c21_2, tp1.id as rid
  from (select l.*, row_number() over () as o
    from (select *
      from (select tp1.*
        from registry.agreement tp1
        where ((tp1.published) or ((exists (select from registry.agreement_party p where p.agreement_code = tp1.code and p.party in ($3::text, $4::text))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and r.data_class is null offset 0))) and ((case when ((tp1.published) or ((exists (select from registry.agreement_party p where p.agreement_code = tp1.code and p.party in ($3::text, $4::text))) and not exists (select from registry.restriction r where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select from registry.agency b where b.code = r.set_by and b.country = $3::text) and (r.data_class is null or r.data_class = 'AGREEMENT') offset 0))) then tp1.code end) = $2::text)) q
      order by id
      limit $7::integer + 1) l offset 0) tp1
  cross join lateral (select
    case
    when exists (select
      from registry.agreement_party p
      where p.agreement_code = tp1.code and p.party in ($3::text, $4::text)) then 0
    end as m0, true as sh, '' as pairs, (select array_agg(coalesce(r.data_class, '*'))
      from registry.restriction r
      where r.record_id = tp1.id and r.from_at <= now() and (r.until_at is null or r.until_at > now()) and (r.recipient is null or r.recipient in ($4::text, $3::text)) and not exists (select
        from registry.agency b
        where b.code = r.set_by and b.country = $3::text)) as rc offset 0) m21
  cross join lateral (select 1049 as rd offset 0) r21
  cross join lateral (select
    case
    when (tp1.published) then 0
    else
    case
    when coalesce('*' = any(m21.rc), false) then null
    when m21.m0 = 0 then 1
    end
    end as vis, m21.pairs as pairs,
    case
    when (tp1.published) then 0
    else coalesce(case
      when coalesce('AGREEMENT' = any(m21.rc) or '*' = any(m21.rc), false) then null
      when m21.m0 = 0 then 1 end, coalesce(-greatest(case
          when m21.sh and m21.m0 is not null then coalesce(nullif(((m21.m0 | (case when coalesce('AGREEMENT' = any(m21.rc) or '*' = any(m21.rc), false) then 1024 else 0 end)) & (r21.rd)) & -((m21.m0 | (case when coalesce('AGREEMENT' = any(m21.rc) or '*' = any(m21.rc), false) then 1024 else 0 end)) & (r21.rd)), 0), 4096) * 4096 + 4094 end), -1))
    end as s_agreement offset 0) d21),
a1 as materialized (select p.prn, bool_or(p.o > $7::integer) as hn, null::text as sc, null::text as ec, json_agg((select row_to_json("~r")
      from (select (select row_to_json("~r")
          from (select p.c21_0 as "code", p.c21_1 as "title", p.c21_2 as "parties") "~r") as "node") "~r")
    order by p.o) filter (where p.o <= $7::integer) as e0
  from p1 p
  group by p.prn),
u as materialized (select 'Victim'::text as ty, p.i1 as rid, p.p1 as pairs, p.k1 as key
  from s2 p
  where p.i1 is not null
  union all
  select 'ReturnCase'::text as ty, p.i2 as rid, p.p2 as pairs, p.k2 as key
  from s3 p
  where p.i2 is not null
  union all
  select 'Victim'::text as ty, p.i3 as rid, p.p3 as pairs, p.k3 as key
  from s3 p
  where p.i3 is not null
  union all
  select 'Victim'::text as ty, p.i4 as rid, p.p4 as pairs, p.k4 as key
  from s4 p
  where p.i4 is not null
  union all
  select 'Victim'::text as ty, p.i5 as rid, p.p5 as pairs, p.k5 as key
  from s5_0 p
  where p.i5 is not null
  union all
  select 'ReturnCase'::text as ty, p.i6 as rid, p.p6 as pairs, p.k6 as key
  from s5_1 p
  where p.i6 is not null
  union all
  select 'Transition'::text as ty, p.i7 as rid, p.p7 as pairs, p.k7 as key
  from s5_2 p
  where p.i7 is not null
  union all
  select 'Consent'::text as ty, p.i8 as rid, p.p8 as pairs, p.k8 as key
  from s5_3 p
  where p.i8 is not null
  union all
  select 'Referral'::text as ty, p.i9 as rid, p.p9 as pairs, p.k9 as key
  from s5_4 p
  where p.i9 is not null
  union all
  select 'Assessment'::text as ty, p.i10 as rid, p.p10 as pairs, p.k10 as key
  from s5_5 p
  where p.i10 is not null
  union all
  select 'TravelPaper'::text as ty, p.i11 as rid, p.p11 as pairs, p.k11 as key
  from s5_6 p
  where p.i11 is not null
  union all
  select 'FollowUp'::text as ty, p.i12 as rid, p.p12 as pairs, p.k12 as key
  from s5_7 p
  where p.i12 is not null
  union all
  select 'LegalRequest'::text as ty, p.i13 as rid, p.p13 as pairs, p.k13 as key
  from s5_8 p
  where p.i13 is not null
  union all
  select 'EmergencyOpening'::text as ty, p.i14 as rid, p.p14 as pairs, p.k14 as key
  from s5_9 p
  where p.i14 is not null
  union all
  select 'Agreement'::text as ty, p.i15 as rid, p.p15 as pairs, p.k15 as key
  from s5_10 p
  where p.i15 is not null and p.v15 <> 0
  union all
  select 'Clause'::text as ty, p.i16 as rid, p.p16 as pairs, p.k16 as key
  from s5_11 p
  where p.i16 is not null
  union all
  select 'FocalPoint'::text as ty, p.i17 as rid, p.p17 as pairs, p.k17 as key
  from s5_12 p
  where p.i17 is not null
  union all
  select 'BilateralContact'::text as ty, p.i18 as rid, p.p18 as pairs, p.k18 as key
  from s5_13 p
  where p.i18 is not null
  union all
  select 'Agency'::text as ty, p.i19 as rid, p.p19 as pairs, p.k19 as key
  from s5_14 p
  where p.i19 is not null and p.v19 <> 0
  union all
  select 'AccessRecord'::text as ty, p.i20 as rid, p.p20 as pairs, p.k20 as key
  from s5_15 p
  where p.i20 is not null
  union all
  select 'Agreement'::text as ty, p.i21 as rid, p.p21 as pairs, p.k21 as key
  from p1 p
  where p.i21 is not null and p.o <= $7::integer and p.v21 <> 0),
g as materialized (select row_number() over () as g, ty, pairs, parts, array_agg(distinct rid) as ids
  from (select ty, rid, pairs, array_to_string(key, ',') as parts
    from u
    where ty in ('AccessRecord', 'Agency', 'Assessment', 'BilateralContact', 'Clause', 'Consent', 'EmergencyOpening', 'FocalPoint', 'FollowUp', 'LegalRequest', 'Referral', 'Transition', 'TravelPaper')
    union all
    select ty, rid, pairs, string_agg(distinct array_to_string(key, ','), ';') as parts
    from u
    where ty in ('Agreement', 'ReturnCase', 'Victim')
    group by ty, rid, pairs) z
  group by ty, pairs, parts),
cells as materialized (select g.g, g.pairs, g.ids, x.st, x.fields
  from g
  cross join lateral (select k.key[l.pos] as st, array_agg(distinct l.field collate "C"
      order by l.field collate "C") as fields
    from string_to_table(g.parts, ';') s(part)
    cross join lateral (select string_to_array(s.part, ',')::int[] as key offset 0) k join (values (1, 3, 'Victim.familyName'), (2, 3, 'ReturnCase.state'), (3, 3, 'Victim.familyName'), (4, 3, 'Victim.familyName'), (5, 3, 'Victim.ageBand'), (5, 4, 'Victim.familyName'), (21, 3, 'Agreement.code'), (21, 3, 'Agreement.title'), (21, 3, 'Agreement.parties')) l(inst, pos, field) on l.inst = k.key[1]
    group by 1) x),
entries as materialized (select t.pair, ($8::text[])[c.st] as clause, c.fields, array_agg(i.id
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
k as materialized (select statement_timestamp() at time zone 'UTC' as at, $9::uuid as id
  where true),
rec as (insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
  select $9::uuid, k.at at time zone 'UTC', 'ACCESS', $4::text, $3::text, $10::text, $11::text[], $12::text[], $13::text, $14::text, $15::text, $16::text, $17::text, $18::text, $19::text, $20::text, 'DISCLOSED', coalesce((select array_agg(distinct split_part(e.clause, '#', 1) collate "C"
        order by split_part(e.clause, '#', 1) collate "C")
      from entries e), '{}'), $21::text[], $22::jsonb, coalesce((select jsonb_agg(jsonb_build_object('field', h.field, 'reason', h.reason, 'count', h.count)
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
  select $9::uuid, q.pair, k.at at time zone 'UTC', coalesce(nullif($3::text, ''), $4::text), '{"at":"' || to_char(k.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":' || $23::text || ',"disclosures":[' || coalesce(q.disclosures, '') || '],"id":"' || $9::uuid || '","kind":"ACCESS","operation":' || $24::text || ',"outcome":"DISCLOSED","pair":"' || q.pair || '","protocols":' || coalesce(array_to_json(q.protocols)::text, '[]') || ',"purpose":' || to_json($17::text)::text || ',"refusals":' || $25::text || ',"salt":"' || encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
      from 1 for 16), 'base64') || '","searched":' || $26::text || ',"trace":' || to_json($20::text)::text || ',"v":1,"withheld":[' || coalesce((select string_agg(row_to_json(x)::text, ','
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
select (select v.number <> $27::bigint
  from policy.version v) or coalesce(now() >= $28::timestamptz, false) as stale,
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
    from (select p.i1 as "id", p.c1_1 as "familyName") "~r")
  from s2 p)::text as r2,
  (select (select row_to_json("~r")
    from (select p.i2 as "id", p.c2_1 as "state",
      case
      when p.i3 is not null then (select row_to_json("~r")
        from (select p.c3_0 as "familyName") "~r")
      end as "victim") "~r")
  from s3 p)::text as r3,
  (select (select row_to_json("~r")
    from (select p.i4 as "id", p.c4_1 as "familyName") "~r")
  from s4 p)::text as r4,
  coalesce((select (select row_to_json("~r")
      from (select 'Victim'::text as "__typename", p.i5 as "id", p.c5_2 as "ageBand", p.c5_3 as "familyName", coalesce((select json_agg((select row_to_json("~r") from (select f.name as "field") "~r") order by f.n) from (values (0, 'ageBand', p.k5[3]), (1, 'familyName', p.k5[4])) f(n, name, s) where f.s < 0), '[]') as "withheld") "~r")
    from s5_0 p), (select (select row_to_json("~r")
      from (select 'ReturnCase'::text as "__typename", p.i6 as "id", '[]'::json as "withheld") "~r")
    from s5_1 p), (select (select row_to_json("~r")
      from (select 'Transition'::text as "__typename", p.i7 as "id", '[]'::json as "withheld") "~r")
    from s5_2 p), (select (select row_to_json("~r")
      from (select 'Consent'::text as "__typename", p.i8 as "id", '[]'::json as "withheld") "~r")
    from s5_3 p), (select (select row_to_json("~r")
      from (select 'Referral'::text as "__typename", p.i9 as "id", '[]'::json as "withheld") "~r")
    from s5_4 p), (select (select row_to_json("~r")
      from (select 'Assessment'::text as "__typename", p.i10 as "id", '[]'::json as "withheld") "~r")
    from s5_5 p), (select (select row_to_json("~r")
      from (select 'TravelPaper'::text as "__typename", p.i11 as "id", '[]'::json as "withheld") "~r")
    from s5_6 p), (select (select row_to_json("~r")
      from (select 'FollowUp'::text as "__typename", p.i12 as "id", '[]'::json as "withheld") "~r")
    from s5_7 p), (select (select row_to_json("~r")
      from (select 'LegalRequest'::text as "__typename", p.i13 as "id", '[]'::json as "withheld") "~r")
    from s5_8 p), (select (select row_to_json("~r")
      from (select 'EmergencyOpening'::text as "__typename", p.i14 as "id", '[]'::json as "withheld") "~r")
    from s5_9 p), (select (select row_to_json("~r")
      from (select 'Agreement'::text as "__typename", p.i15 as "id", '[]'::json as "withheld") "~r")
    from s5_10 p), (select (select row_to_json("~r")
      from (select 'Clause'::text as "__typename", p.i16 as "id", '[]'::json as "withheld") "~r")
    from s5_11 p), (select (select row_to_json("~r")
      from (select 'FocalPoint'::text as "__typename", p.i17 as "id", '[]'::json as "withheld") "~r")
    from s5_12 p), (select (select row_to_json("~r")
      from (select 'BilateralContact'::text as "__typename", p.i18 as "id", '[]'::json as "withheld") "~r")
    from s5_13 p), (select (select row_to_json("~r")
      from (select 'Agency'::text as "__typename", p.i19 as "id", '[]'::json as "withheld") "~r")
    from s5_14 p), (select (select row_to_json("~r")
      from (select 'AccessRecord'::text as "__typename", p.i20 as "id") "~r")
    from s5_15 p))::text as r5,
  (select (select row_to_json("~r")
    from (select coalesce(a1.e0, '[]') as "edges") "~r")
  from (select 1) one
  left join a1 on true)::text as r6
