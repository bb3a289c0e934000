-- The host's part of a case as it stood at the handover: a copy of the person's row, of the case's and of
-- each of its parts, written once, when the case reaches HANDED_OVER. As schema.tables.frozen.
--
-- Whoever hands over in one transaction writes the transition first and moves the custody after it: the
-- copy says who held the case, and that agency goes on being assigned to it.

create table registry.frozen (
    case_id uuid not null,
    record_id uuid not null,
    record_type text not null,
    row jsonb not null,
    -- of the copy of a case: by it cases are listed most often, so an index has it
    state_since timestamptz,
    at timestamptz default clock_timestamp() not null,
    constraint frozen_pkey primary key (case_id, record_id),
    constraint frozen_case_id_fkey foreign key (case_id) references registry.return_case (id)
);
create index frozen_state_since_record_id_idx on registry.frozen (state_since desc, record_id)
    where state_since is not null;

-- Of each of these cases, what was recorded until its moment. `befores` leave out what says of itself that
-- it came later, and bring the case back to its handover: of a case that was loaded long after it, the hour
-- of recording tells nothing. A copy is as old as its moment: whoever asks about a later day sees it.
create function registry.copy_parts(cases uuid[], moments timestamptz[], befores timestamptz[])
    returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    back constant text := 'case when k.before = ''infinity'' then ''{}''::jsonb else jsonb_build_object('
        '''state'', ''HANDED_OVER'', ''main_rank'', 9, ''state_since'', k.before, ''outcome'', null,'
        ' ''closing_reason'', null, ''reintegration_plan'', null, ''holder'', coalesce((select s.actor_agency'
        ' from registry.transition s join registry.agency a on a.code = s.actor_agency and a.country = t.host'
        ' where s.case_id = t.id and s.state = ''HANDED_OVER''), t.holder)) end';
    found constant text := 'select k.id as of_case, t.id, %s as copy, %s as since, k.moment as learnt'
        ' from given k join registry.return_case c on c.id = k.id join %I.%I t on %s where %s%s';
    named text;
    kind text;
    key text;
    entered text;
    dated text;
    copy text;
    since text;
    rows text;
begin
    for named, kind, key, entered, dated in values
        ('victim', 'Victim', 't.id = c.victim_id', 'recorded_at', ''),
        ('return_case', 'ReturnCase', 't.id = k.id', 'recorded_at', ''),
        ('transition', 'Transition', 't.case_id = k.id and'
            ' t.at <= coalesce(c.handed_over_at, ''infinity'')', 'at', ''),
        ('consent', 'Consent', 't.case_id = k.id', 'recorded_at', 't.stated_at'),
        ('referral', 'Referral', 't.case_id = k.id', 'recorded_at', ''),
        ('assessment', 'Assessment', 't.case_id = k.id', 'recorded_at', ''),
        ('travel_paper', 'TravelPaper', 't.case_id = k.id', 'recorded_at', ''),
        ('follow_up', 'FollowUp', 't.case_id = k.id', 'recorded_at',
            'coalesce(t.visited_on, ''infinity''::date)'),
        ('legal_request', 'LegalRequest', 't.case_id = k.id', 'recorded_at', 't.received_on'),
        ('emergency_opening', 'EmergencyOpening', 't.case_id = k.id', 'opened_at', 't.opened_at')
    loop
        copy := case named when 'return_case' then ' || ' || back else '' end;
        since := case named when 'return_case' then 'least(t.state_since, k.before)'
            else 'null::timestamptz' end;
        dated := case when dated <> '' then format(' and %s <= k.before', dated) else '' end;
        rows := format(found, 'to_jsonb(t)' || copy, since, 'registry', named, key,
            format('t.%I <= k.moment', entered), dated);
        if to_regclass(format('history.%I', named)) is not null then
            rows := rows || ' union all ' || format(found,
                '(to_jsonb(t) - ''recorded_from'' - ''recorded_to'')' || copy, since, 'history', named, key,
                't.recorded_from <= k.moment and t.recorded_to > k.moment', dated);
        end if;
        execute format('with given as (select * from unnest($1, $2, $3) u(id, moment, before))'
            ' insert into registry.frozen (case_id, record_id, record_type, row, state_since, at)'
            ' select of_case, id, %L, copy, since, least(clock_timestamp(), learnt) from (%s) f',
            kind, rows) using cases, moments, befores;
    end loop;
end $$;

-- Who held a case on the host's side goes on being assigned to it.
create function registry.keep_assigned(cases uuid[]) returns void language sql
    set search_path = pg_catalog, pg_temp as $$
    insert into registry.assignment (id, case_id, agency_code, from_at)
        select gen_random_uuid(), c.id, a.code,
                greatest(coalesce(c.handed_over_at, c.state_since), max(g.until_at))
            from registry.frozen z join registry.return_case c on c.id = z.case_id
            join registry.agency a on a.code = z.row ->> 'holder' and a.country = c.host
            left join registry.assignment g on g.case_id = c.id and g.agency_code = a.code and g.unit is null
            where z.case_id = any (cases) and z.record_id = z.case_id
            group by c.id, a.code having count(*) filter (where g.until_at is null and g.id is not null) = 0
$$;

-- Writes the copies of these cases anew, each from what the registry knew when it learnt of the handover. A
-- case that was loaded when it was handed over already is copied as it stands, without what came later as
-- far as it says so; one that was not handed over has no copy. For the owner, who migrates and loads: the
-- service has no right to any of it.
create function registry.freeze(variadic cases uuid[]) returns void language plpgsql
    set search_path = pg_catalog, pg_temp as $$
declare
    ids uuid[];
    moments timestamptz[];
    befores timestamptz[];
begin
    perform set_config('saphan.freezing', 'anew', true);
    delete from registry.frozen where case_id = any (cases);
    perform set_config('saphan.freezing', '', true);
    select array_agg(c.id), array_agg(case when v.reached > v.known then v.reached else 'infinity' end),
            array_agg(case when v.reached > v.known then 'infinity'
                else coalesce(c.handed_over_at, c.state_since) end)
        into ids, moments, befores
        from (select distinct id from unnest(cases) u(id)) u join registry.return_case c on c.id = u.id
        cross join lateral (
            select min(w.since) as known, min(w.since) filter (where w.main_rank >= 9) as reached from (
                select c.recorded_at as since, c.main_rank
                union all
                select h.recorded_from, h.main_rank from history.return_case h where h.id = c.id
            ) w) v
        where c.main_rank >= 9;
    perform registry.copy_parts(ids, moments, befores);
    perform registry.keep_assigned(ids);
end $$;

-- A case that is loaded in its present state does not reach it here: who loads it freezes it.
create function registry.freeze_handover() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from registry.return_case c where c.id = new.case_id and c.state = new.state
            and c.state_since = new.at)
        and exists (select from history.return_case h where h.id = new.case_id and h.main_rank < 9)
    then
        perform registry.copy_parts(array[new.case_id], array['infinity'::timestamptz],
            array['infinity'::timestamptz]);
        perform registry.keep_assigned(array[new.case_id]);
    end if;
    return null;
end $$;
-- by its name it comes after `follow_transition`, which brings the case to its state
create trigger freeze_handover after insert on registry.transition
    for each row when (new.state = 'HANDED_OVER') execute function registry.freeze_handover();

create function registry.refuse_thaw() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('saphan.freezing', true) = 'anew' then
        return null;
    end if;
    raise exception '% of % is refused: rows are only added', lower(tg_op), tg_table_name
        using errcode = 'SP002';
end $$;
create trigger refuse before update or delete or truncate on registry.frozen
    for each statement execute function registry.refuse_thaw();

revoke all on function registry.copy_parts(uuid[], timestamptz[], timestamptz[]),
    registry.keep_assigned(uuid[]), registry.freeze(uuid[]) from public;

do $$
declare
    statement text;
begin
    alter table registry.frozen enable row level security;
    alter table registry.frozen force row level security;
    create policy owner on registry.frozen to saphan_owner using (true) with check (true);
    create policy shown on registry.frozen for select to saphan_service using (exists
        (select from registry.case_party w where w.case_id = frozen.case_id offset 0));
    create view past.frozen with (security_invoker = true) as
        select case_id, record_id, record_type, row, state_since, at from registry.frozen
        where at <= (select current_setting('saphan.as_of')::timestamptz);
    grant select on registry.frozen, past.frozen to saphan_service;
    if current_user = 'saphan_owner' then
        return;
    end if;
    foreach statement in array array['table registry.frozen', 'view past.frozen',
        'function registry.copy_parts(uuid[], timestamptz[], timestamptz[])',
        'function registry.keep_assigned(uuid[])', 'function registry.freeze(uuid[])',
        'function registry.freeze_handover()', 'function registry.refuse_thaw()']
    loop
        execute format('alter %s owner to saphan_owner', statement);
    end loop;
end $$;

-- What was handed over before this revision. Its events are written at once: what follows here may
-- still change the tables.
select registry.freeze(variadic coalesce(array_agg(id), '{}')) from registry.return_case
    where main_rank >= 9;
set constraints registry.take_position immediate;
set constraints registry.take_position deferred;
