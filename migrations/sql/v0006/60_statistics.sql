-- Figures of return cases that tell nothing of a person. As schema.tables.statistics; docs/statistics.md.
--
-- A month is counted once, after it has ended, as it stood at its end by the time of recording, and never
-- again. What is counted waits until eleven of a kind are there and is then released as one lot of eleven;
-- only releases are readable. What is released hangs together as if the registry held whole lots of eleven
-- alike and nobody else: the same answers come of it whether there are none or ten more of any one kind.

create table registry.statistics_edition (
    month date not null,
    closed_at timestamptz default clock_timestamp() not null,
    constraint statistics_edition_pkey primary key (month),
    constraint statistics_edition_whole_month check (extract(day from month) = 1)
);

-- Which cases have been counted, and as what. Not readable by the service; without a link to the case,
-- which may be erased before its number is.
create table registry.statistics_case (
    case_id uuid not null,
    host text not null,
    origin text not null,
    month date not null,
    gender text not null,
    age_band text not null,
    exploitation text not null,
    constraint statistics_case_pkey primary key (case_id)
);

-- Which main states a counted case has come to, in which month that was counted, as the how-manieth of its
-- corridor, and how many whole weeks after the state before; null where one of the two was passed over.
create table registry.statistics_step (
    case_id uuid not null,
    rank smallint not null,
    host text not null,
    origin text not null,
    month date not null,
    place integer not null,
    weeks integer,
    constraint statistics_step_pkey primary key (case_id, rank),
    constraint statistics_step_place_key unique (host, origin, rank, place)
);

-- How many have been counted up to the end of a month. Not readable by the service.
create table registry.statistics_tally (
    series text not null,
    host text not null,
    origin text not null,
    key text not null,
    month date not null,
    counted integer not null,
    constraint statistics_tally_pkey primary key (month, series, host, origin, key),
    constraint statistics_tally_counted_some check (counted > 0)
);

-- How many of them have been released up to the end of a month.
create table registry.statistics_release (
    series text not null,
    host text not null,
    origin text not null,
    key text not null,
    month date not null,
    total integer not null,
    constraint statistics_release_pkey primary key (series, host, origin, month, key),
    constraint statistics_release_series_listed check (series in ('GENDER', 'AGE_BAND', 'EXPLOITATION',
        'STAGE')),
    constraint statistics_release_whole_lots check (total > 0 and total % 11 = 0)
);

-- Of the cases whose lots of coming to a state were released in a year: the median of whole weeks since
-- the state before.
create table registry.statistics_median (
    year integer not null,
    host text not null,
    origin text not null,
    key text not null,
    cases integer not null,
    weeks integer not null,
    constraint statistics_median_pkey primary key (year, host, origin, key),
    constraint statistics_median_two_lots check (cases >= 22 and cases % 11 = 0)
);

-- What was recorded up to an instant and may be counted: cases that the country of origin may know of, on
-- which nobody objected to anybody's being told and on which no restriction lies that statistics touch.
-- Stricter than any one clause, so that the figures are the same for everyone.
create function registry.statistics_countable(moment timestamptz)
    returns table (case_id uuid, victim_id uuid, host text, origin text, rank smallint) language sql stable
    set search_path = pg_catalog, pg_temp as $$
    select c.id, c.victim_id, c.host, c.origin, c.main_rank from past.return_case c
        where c.main_rank >= 3 and not c.not_a_national
        and c.closing_reason is distinct from 'DUPLICATE'
        and not exists (
            select from past.consent s where s.case_id = c.id and s.purpose = 'NOTIFICATION'
            and s.state in ('REFUSED', 'WITHDRAWN') and (s.recipients = '{}' or exists (
                select from unnest(s.recipients) named (code) where not exists (
                    select from past.consent n where n.case_id = c.id and n.purpose = 'NOTIFICATION'
                    and n.state in ('GIVEN', 'NOT_ASKED') and named.code = any (n.recipients)
                    and n.stated_at > s.stated_at))))
        and not exists (
            select from past.restriction r where r.record_id in (c.id, c.victim_id)
            and r.from_at <= moment and (r.until_at is null or r.until_at > moment)
            and (r.data_class is null or r.data_class in ('SHELL', 'PERSON', 'EXPLOITATION')))
$$;

-- Counts a month that has ended. `past` is read as it stood at the month's last microsecond.
create function registry.count_month(counted_month date) returns void language plpgsql
    set search_path = pg_catalog, pg_temp as $$
declare
    moment constant timestamptz := (counted_month + interval '1 month') at time zone 'UTC'
        - interval '1 microsecond';
    today constant date := (counted_month + interval '1 month' - interval '1 day')::date;
    before constant date := (counted_month - interval '1 month')::date;
begin
    perform set_config('saphan.as_of', moment::text, true);

    with countable as materialized (
        select c.case_id, c.victim_id, coalesce(k.host, c.host) as host,
            coalesce(k.origin, c.origin) as origin, c.rank, k.case_id is null as is_new
        from registry.statistics_countable(moment) c
        left join registry.statistics_case k on k.case_id = c.case_id
    ), entered as (
        insert into registry.statistics_case
            (case_id, host, origin, month, gender, age_band, exploitation)
        select c.case_id, c.host, c.origin, counted_month,
            coalesce(nullif(v.gender, 'NonSpecifiedUnknown'), 'NOT_STATED'),
            case when v.birth_latest is null then 'NOT_STATED'
                when v.birth_latest > (today - interval '9 years')::date then '0-8'
                when v.birth_latest > (today - interval '18 years')::date then '9-17'
                when v.birth_latest > (today - interval '21 years')::date then '18-20'
                when v.birth_latest > (today - interval '24 years')::date then '21-23'
                when v.birth_latest > (today - interval '27 years')::date then '24-26'
                when v.birth_latest > (today - interval '30 years')::date then '27-29'
                when v.birth_latest > (today - interval '39 years')::date then '30-38'
                when v.birth_latest > (today - interval '48 years')::date then '39-47'
                else '48+' end,
            case when coalesce(cardinality(v.exploitation_types), 0) = 0 then 'NOT_STATED'
                when cardinality(v.exploitation_types) = 1 then v.exploitation_types[1]
                else 'SEVERAL' end
        from countable c join past.victim v on v.id = c.victim_id where c.is_new
    )
    insert into registry.statistics_step (case_id, rank, host, origin, month, place, weeks)
    select n.case_id, n.rank, n.host, n.origin, counted_month,
        coalesce(p.last, 0)
            + row_number() over (partition by n.host, n.origin, n.rank order by n.case_id),
        (select floor(extract(epoch from min(t.at) filter (where t.state = m.states[n.rank])
            - min(t.at) filter (where t.state = m.states[n.rank - 1])) / 604800)::integer
            from past.transition t where t.case_id = n.case_id)
    from (
        select c.case_id, c.host, c.origin, g.rank::smallint as rank
        from countable c cross join lateral generate_series(4, c.rank) g (rank)
        where not exists (select from registry.statistics_step s
            where s.case_id = c.case_id and s.rank = g.rank)
    ) n
    cross join (select array['SCREENED', 'IDENTIFIED', 'NOTIFIED', 'TRACING_REQUESTED', 'TRACING',
        'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY', 'HANDED_OVER', 'IN_RECEPTION',
        'REINTEGRATING', 'FOLLOW_UP', 'CLOSED'] as states) m
    left join (select s.host, s.origin, s.rank, max(s.place) as last from registry.statistics_step s
        group by 1, 2, 3) p on p.host = n.host and p.origin = n.origin and p.rank = n.rank;

    insert into registry.statistics_tally (series, host, origin, key, month, counted)
        select x.series, x.host, x.origin, x.key, counted_month, sum(x.n) from (
            select t.series, t.host, t.origin, t.key, t.counted as n from registry.statistics_tally t
                where t.month = before
            union all
            select g.series, k.host, k.origin, g.key, count(*) from registry.statistics_case k
                cross join lateral (values ('GENDER', k.gender), ('AGE_BAND', k.age_band),
                    ('EXPLOITATION', k.exploitation)) g (series, key)
                where k.month = counted_month group by 1, 2, 3, 4
            union all
            select 'STAGE', s.host, s.origin, lpad(s.rank::text, 2, '0'), count(*)
                from registry.statistics_step s where s.month = counted_month group by 1, 2, 3, 4
        ) x group by 1, 2, 3, 4;
    perform set_config('saphan.as_of', '', true);
end $$;

-- Releases lots of a month that was counted. In lots: the sexes give the number of cases; ages and kinds of
-- exploitation may lag behind it, never catch up on it, and by no more than remainders can explain (8 lots
-- of 10 ages, 10 of 13 kinds); a state has no more than the one before. Where all that is full may go, it
-- goes; else what comes first in the order of the codes, and the rest waits for a later month.
create function registry.release_month(released_month date) returns void language plpgsql
    set search_path = pg_catalog, pg_temp as $$
declare
    before constant date := (released_month - interval '1 month')::date;
begin
    insert into registry.statistics_release (series, host, origin, key, month, total)
    with lots as (
        select t.series, t.host, t.origin, t.key, t.counted / 11 as full_lots,
            coalesce(r.total, 0) / 11 as gone
        from registry.statistics_tally t left join registry.statistics_release r
            on r.series = t.series and r.host = t.host and r.origin = t.origin and r.key = t.key
            and r.month = before
        where t.month = released_month and t.series <> 'STAGE'
    ), waiting as (
        select l.host, l.origin,
            sum(l.full_lots - l.gone) filter (where l.series = 'GENDER') as people,
            sum(l.full_lots - l.gone) filter (where l.series = 'AGE_BAND') as ages,
            sum(l.full_lots - l.gone) filter (where l.series = 'EXPLOITATION') as kinds,
            sum(l.gone) filter (where l.series = 'GENDER')
                - sum(l.gone) filter (where l.series = 'AGE_BAND') as behind_ages,
            sum(l.gone) filter (where l.series = 'GENDER')
                - sum(l.gone) filter (where l.series = 'EXPLOITATION') as behind_kinds
        from lots l group by 1, 2
    ), quota as (
        select w.host, w.origin, q.people, least(w.ages, q.people) as ages,
            least(w.kinds, q.people) as kinds
        from waiting w cross join lateral (select least(w.people, w.ages + 8 - w.behind_ages,
            w.kinds + 10 - w.behind_kinds) as people) q
    ), queue as (
        select l.series, l.host, l.origin, l.key,
            row_number() over (partition by l.series, l.host, l.origin
                order by n.lot, l.key collate "C") as place
        from lots l cross join lateral generate_series(1, l.full_lots - l.gone) n (lot)
    ), going as (
        select u.series, u.host, u.origin, u.key, count(*) as lots
        from queue u join quota q on q.host = u.host and q.origin = u.origin
        where u.place <= case u.series when 'GENDER' then q.people when 'AGE_BAND' then q.ages
            else q.kinds end
        group by 1, 2, 3, 4
    ), kept as (
        select l.series, l.host, l.origin, l.key, l.gone + coalesce(g.lots, 0) as lots
        from lots l left join going g on g.series = l.series and g.host = l.host
            and g.origin = l.origin and g.key = l.key
    ), stages as (
        select 'STAGE' as series, t.host, t.origin, t.key, least(
            min(t.counted / 11) over (partition by t.host, t.origin order by t.key collate "C"),
            (select sum(k.lots) from kept k
                where k.series = 'GENDER' and k.host = t.host and k.origin = t.origin)) as lots
        from registry.statistics_tally t where t.month = released_month and t.series = 'STAGE'
    )
    select x.series, x.host, x.origin, x.key, released_month, x.lots * 11
        from (select * from kept union all select * from stages) x where x.lots > 0;
end $$;

-- The medians of a year that has ended: of its released cases in the order in which they were counted, at
-- least two lots, so that ten others among them move nothing. Who passed a state over counts as longest.
create function registry.release_medians(released_year integer) returns void language sql
    set search_path = pg_catalog, pg_temp as $$
    insert into registry.statistics_median (year, host, origin, key, cases, weeks)
    select * from (
        select released_year, r.host, r.origin, r.key, r.total - coalesce(b.total, 0),
            nullif((select percentile_disc(0.5) within group (order by coalesce(s.weeks, 2147483647))
                from registry.statistics_step s where s.host = r.host and s.origin = r.origin
                and s.rank = r.key::smallint and s.place > coalesce(b.total, 0)
                and s.place <= r.total), 2147483647) as weeks
        from registry.statistics_release r left join registry.statistics_release b
            on b.series = r.series and b.host = r.host and b.origin = r.origin and b.key = r.key
            and b.month = make_date(released_year - 1, 12, 1)
        where r.series = 'STAGE' and r.month = make_date(released_year, 12, 1)
        and r.total - coalesce(b.total, 0) >= 22
    ) x where x.weeks is not null
$$;

-- Closes the next month that has ended, and says which; null where none is left. For the service, which may
-- neither read what is counted nor choose when: whoever asks first makes it, and asking again makes nothing.
create function registry.close_month() returns date language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    ended constant date := (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date;
    closing date;
begin
    select (max(month) + interval '1 month')::date into closing from registry.statistics_edition;
    if closing > ended then
        return null;
    end if;
    perform pg_advisory_xact_lock(7310100007);
    select (max(month) + interval '1 month')::date into closing from registry.statistics_edition;
    if closing is null then
        select least(ended, date_trunc('month', min(x.at) at time zone 'UTC')::date) into closing
            from (select min(recorded_at) as at from registry.return_case
                union all select min(recorded_from) from history.return_case) x;
    end if;
    if closing > ended then
        return null;
    end if;
    insert into registry.statistics_edition (month) values (closing);
    perform registry.count_month(closing);
    perform registry.release_month(closing);
    if extract(month from closing) = 12 then
        perform registry.release_medians(extract(year from closing)::integer);
    end if;
    return closing;
end $$;

revoke all on function registry.statistics_countable(timestamptz), registry.count_month(date),
    registry.release_month(date), registry.release_medians(integer), registry.close_month() from public;
grant execute on function registry.close_month() to saphan_service;

do $$
declare
    named text;
begin
    foreach named in array array['statistics_edition', 'statistics_case', 'statistics_step',
        'statistics_tally', 'statistics_release', 'statistics_median']
    loop
        execute format('alter table registry.%I enable row level security', named);
        execute format('alter table registry.%I force row level security', named);
        execute format('create policy owner on registry.%I to saphan_owner using (true) with check (true)',
            named);
        execute format('create trigger refuse before update or delete or truncate on registry.%I'
            ' for each statement execute function registry.refuse()', named);
        if named in ('statistics_edition', 'statistics_release', 'statistics_median') then
            execute format('create policy shown on registry.%I for select to saphan_service using'
                ' ((select current_setting(''saphan.agency'', true)) <> '''')', named);
            execute format('grant select on registry.%I to saphan_service', named);
        end if;
        if current_user <> 'saphan_owner' then
            execute format('alter table registry.%I owner to saphan_owner', named);
        end if;
    end loop;
    if current_user <> 'saphan_owner' then
        foreach named in array array['statistics_countable(timestamptz)', 'count_month(date)',
            'release_month(date)', 'release_medians(integer)', 'close_month()']
        loop
            execute format('alter function registry.%s owner to saphan_owner', named);
        end loop;
    end if;
end $$;
