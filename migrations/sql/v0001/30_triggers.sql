-- What the database holds by itself, whoever writes. Error codes: SP001 an illegal change of state,
-- SP002 a change of what is never changed, SP003 a recipient that is neither country nor agency.
-- Functions marked security definer write where the service may not: history, record_index, version.
-- Functions with enable_seqscan = off keep their plan for a whole load: made while a table was still
-- empty, it would read the growing table from end to end for every row (114 s where 4 s are enough).

-- Superseded versions go to history.<table>; recorded_at becomes the start of the new version.
create function history.keep() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    ended constant timestamptz := greatest(clock_timestamp(), old.recorded_at + interval '1 microsecond');
begin
    execute format('insert into history.%I select $1, $2, ($3).*', tg_table_name)
        using old.recorded_at, ended, old;
    if tg_op = 'DELETE' then
        return old;
    end if;
    new.recorded_at := ended;
    return new;
end $$;

create function registry.refuse() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: rows are only added', lower(tg_op), tg_table_name
        using errcode = 'SP002';
end $$;

create function registry.refuse_new_id() returns trigger language plpgsql as $$
begin
    raise exception 'the id of a row of % never changes', tg_table_name using errcode = 'SP002';
end $$;

-- One index over the ids of all types; its primary key makes an id unique over all of them.
create function registry.index_records() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    insert into registry.record_index (id, type) select id, tg_argv[0] from made;
    return null;
end $$;

-- Access records are left out of the index: one is written with every request, and its id is made
-- by the service. This view is where an id of any type is looked up.
create view registry.record_type with (security_invoker = true) as
    select id, type from registry.record_index
    union all
    select id, 'AccessRecord' from ledger.access_record;

create function registry.add_party() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    insert into registry.party (code) values (new.code);
    return null;
end $$;

create function registry.check_recipients() returns trigger language plpgsql as $$
begin
    if exists (
        select from unnest(new.recipients) as named (code)
        where not exists (select from registry.party p where p.code = named.code)
    ) then
        raise exception 'a recipient is neither a country nor an agency' using errcode = 'SP003';
    end if;
    return new;
end $$;

create function policy.bump() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    update policy.version set number = number + 1;
    return null;
end $$;

-- A transition follows the newest one of its case along a known edge. Locking the case first makes
-- two transitions at once take turns, and the second statement sees what the first one wrote.
create function registry.check_transition() returns trigger language plpgsql
    set enable_seqscan = off as $$
declare
    seated boolean;
    prior record;
begin
    perform from registry.return_case where id = new.case_id for no key update;
    select t.state, t.from_state, t.at into prior
        from registry.transition t where t.case_id = new.case_id order by t.at desc limit 1;
    if found then
        if new.at <= prior.at then
            raise exception 'a transition must come after the last one' using errcode = 'SP001';
        end if;
        if new.from_state <> prior.state then
            raise exception 'a transition must start at the state last entered' using errcode = 'SP001';
        end if;
        new.from_state := prior.state;
        if not exists (
            select from registry.state_edge e where e.source = prior.state
            and (e.target = new.state or (e.target is null and new.state = prior.from_state))
        ) then
            raise exception 'no edge leads from % to %', prior.state, new.state using errcode = 'SP001';
        end if;
        return new;
    end if;
    select n.has_seat into seated
        from registry.return_case c join registry.country n on n.code = c.host
        where c.id = new.case_id;
    if new.from_state is not null or not exists (
        select from registry.state_edge e
        where e.source is null and e.target = new.state and e.unseated_host is distinct from seated
    ) then
        raise exception 'a case does not begin as %', new.state using errcode = 'SP001';
    end if;
    return new;
end $$;

-- Brings the case to its newest transition. A case loaded in its present state needs no update.
create function registry.follow_transition() returns trigger language plpgsql
    set enable_seqscan = off as $$
declare
    rank constant smallint := array_position(array[
        'SCREENED', 'IDENTIFIED', 'NOTIFIED', 'TRACING_REQUESTED', 'TRACING', 'ASSESSED',
        'RETURN_PLANNED', 'DOCUMENTS_READY', 'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING',
        'FOLLOW_UP', 'CLOSED'], new.state);
    present record;
begin
    select c.state, c.state_since into present from registry.return_case c where c.id = new.case_id;
    if present.state_since < new.at then
        update registry.return_case c set
            state = new.state,
            state_since = new.at,
            main_rank = coalesce(rank, c.main_rank),
            notified_at =
                case when rank >= 3 then coalesce(c.notified_at, new.at) else c.notified_at end,
            handed_over_at =
                case when rank >= 9 then coalesce(c.handed_over_at, new.at) else c.handed_over_at end
        where c.id = new.case_id;
    elsif present.state_since = new.at and present.state <> new.state then
        raise exception 'the case does not stand at the state of its newest transition'
            using errcode = 'SP001';
    end if;
    return null;
end $$;

create function registry.check_state() returns trigger language plpgsql
    set enable_seqscan = off as $$
begin
    if not exists (
        select from registry.transition t where t.case_id = new.id and t.at = new.state_since
        and t.state = new.state
    ) then
        raise exception 'a state is entered by a transition' using errcode = 'SP001';
    end if;
    return new;
end $$;

create trigger check_transition before insert on registry.transition
    for each row execute function registry.check_transition();
create trigger follow_transition after insert on registry.transition
    for each row execute function registry.follow_transition();
create trigger check_state before update of state, state_since on registry.return_case
    for each row when (old.state <> new.state or old.state_since <> new.state_since)
    execute function registry.check_state();
create trigger check_recipients before insert on registry.consent
    for each row when (new.recipients <> '{}') execute function registry.check_recipients();
create trigger add_party after insert on registry.country
    for each row execute function registry.add_party();
create trigger add_party after insert on registry.agency
    for each row execute function registry.add_party();

do $$
declare
    named text;
    kind text;
begin
    foreach named in array array['victim', 'return_case', 'assignment', 'restriction', 'referral',
        'assessment', 'travel_paper', 'follow_up', 'legal_request', 'bilateral_contact',
        'contact_participant']
    loop
        -- A row that did not change makes no version. A table with a generated column cannot be
        -- compared as a whole before the update.
        execute format('create trigger keep_update before update on registry.%I for each row %s'
            ' execute function history.keep()',
            named, case when named = 'victim' then '' else 'when (old.* is distinct from new.*)' end);
        execute format('create trigger keep_delete before delete on registry.%I for each row'
            ' execute function history.keep()', named);
        execute format('create trigger refuse before update or delete or truncate on history.%I'
            ' for each statement execute function registry.refuse()', named);
        execute format('create trigger refuse_truncate before truncate on registry.%I'
            ' for each statement execute function registry.refuse()', named);
    end loop;

    foreach named in array array['registry.record_index', 'registry.transition', 'registry.consent',
        'policy.protocol_version', 'policy.ratification', 'ledger.access_record', 'ledger.access_leaf',
        'ledger.leaf_position']
    loop
        execute format('create trigger refuse before update or delete or truncate on %s'
            ' for each statement execute function registry.refuse()', named);
    end loop;

    for named, kind in values ('victim', 'Victim'), ('return_case', 'ReturnCase'),
        ('transition', 'Transition'), ('consent', 'Consent'), ('referral', 'Referral'),
        ('assessment', 'Assessment'), ('travel_paper', 'TravelPaper'), ('follow_up', 'FollowUp'),
        ('legal_request', 'LegalRequest'), ('agreement', 'Agreement'), ('clause', 'Clause'),
        ('focal_point', 'FocalPoint'), ('bilateral_contact', 'BilateralContact'), ('agency', 'Agency')
    loop
        execute format('create trigger index_records after insert on registry.%I'
            ' referencing new table as made for each statement'
            ' execute function registry.index_records(%L)', named, kind);
        execute format('create trigger refuse_new_id before update of id on registry.%I'
            ' for each row when (old.id <> new.id) execute function registry.refuse_new_id()', named);
    end loop;

    foreach named in array array['policy.protocol_version', 'policy.ratification', 'registry.country',
        'registry.agency', 'registry.agency_unit', 'registry.agreement', 'registry.agreement_party']
    loop
        execute format('create trigger bump after insert or update or delete on %s'
            ' for each row execute function policy.bump()', named);
    end loop;
end $$;
