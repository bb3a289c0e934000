-- Agreements and contacts as records that are worked with: the versions of an instrument's text, rounds of
-- negotiation, the words of the parties; who took part in a contact, and what was decided there. As
-- schema.tables.agreements.

do $$
declare
    place text;
begin
    foreach place in array array['registry', 'history']
    loop
        execute format('alter table %I.bilateral_contact add column area text', place);
    end loop;
end $$;
alter table registry.bilateral_contact add constraint bilateral_contact_area_listed check (area in
    ('CARE', 'TRAINING', 'RETURN', 'AGREEMENTS', 'PREVENTION'));
create index bilateral_contact_area_id_idx on registry.bilateral_contact (area, id);

alter table registry.agreement
    add column parent_code text,
    add column areas text[] default '{}' not null,
    add column version integer,
    add constraint agreement_parent_code_fkey foreign key (parent_code) references registry.agreement (code),
    add constraint agreement_areas_listed check (areas <@ array['CARE', 'TRAINING', 'RETURN', 'AGREEMENTS',
        'PREVENTION']),
    add constraint agreement_under_another check (parent_code <> code);
create index agreement_parent_code_idx on registry.agreement (parent_code);

-- Each text that was put on the table; one of them is signed, and one of those in force.
create table registry.agreement_version (
    agreement_code text not null,
    version integer not null,
    summary text not null,
    content text,
    content_hash text not null,
    proposed_by text not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    signed_on date,
    in_force_from date,
    at timestamptz default clock_timestamp() not null,
    constraint agreement_version_pkey primary key (agreement_code, version),
    constraint agreement_version_version_positive check (version > 0),
    constraint agreement_version_content_hashed check (content_hash ~ '^[0-9a-f]{64}$'),
    constraint agreement_version_agreement_code_fkey foreign key (agreement_code)
        references registry.agreement (code),
    constraint agreement_version_proposed_by_fkey foreign key (proposed_by) references registry.party (code),
    constraint agreement_version_agency_code_fkey foreign key (agency_code)
        references registry.agency (code),
    constraint agreement_version_plain_text check (strpos(concat_ws('', summary, content, content_hash,
        subject, issuer), chr(57344)) = 0)
);

create table registry.negotiation_round (
    agreement_code text not null,
    number integer not null,
    held_on date not null,
    place text,
    outcome text not null,
    remarks text,
    version integer,
    agency_code text not null,
    at timestamptz default clock_timestamp() not null,
    constraint negotiation_round_pkey primary key (agreement_code, number),
    constraint negotiation_round_number_positive check (number > 0),
    constraint negotiation_round_outcome_listed check (outcome in ('CONTINUED', 'ADJOURNED', 'AGREED')),
    constraint negotiation_round_version_fkey foreign key (agreement_code, version)
        references registry.agreement_version (agreement_code, version),
    constraint negotiation_round_agreement_code_fkey foreign key (agreement_code)
        references registry.agreement (code),
    constraint negotiation_round_agency_code_fkey foreign key (agency_code)
        references registry.agency (code),
    constraint negotiation_round_plain_text check (strpos(concat_ws('', place, remarks), chr(57344)) = 0)
);

-- The word of a party on a step; the newest of a party counts. Of a party without a seat it stands on
-- paper, and who recorded it is named.
create table registry.agreement_signature (
    agreement_code text not null,
    number integer not null,
    version integer,
    step text not null,
    party text not null,
    content_hash text not null,
    on_day date not null,
    on_paper boolean default false not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    clause text not null,
    at timestamptz default clock_timestamp() not null,
    constraint agreement_signature_pkey primary key (agreement_code, number),
    constraint agreement_signature_number_positive check (number > 0),
    constraint agreement_signature_step_listed check (step in ('SIGNATURE', 'ENTRY_INTO_FORCE', 'END')),
    constraint agreement_signature_version_fkey foreign key (agreement_code, version)
        references registry.agreement_version (agreement_code, version),
    constraint agreement_signature_agreement_code_fkey foreign key (agreement_code, party)
        references registry.agreement_party (agreement_code, party),
    constraint agreement_signature_agency_code_fkey foreign key (agency_code)
        references registry.agency (code),
    constraint agreement_signature_plain_text check (strpos(concat_ws('', content_hash, subject, issuer,
        clause), chr(57344)) = 0)
);

create table registry.contact_attendance (
    contact_id uuid not null,
    agency_code text not null,
    unit text default '' not null,
    people integer,
    reach integer,
    roles text[] default '{}' not null,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint contact_attendance_pkey primary key (contact_id, agency_code, unit),
    constraint contact_attendance_contact_id_fkey foreign key (contact_id, agency_code)
        references registry.contact_participant (contact_id, agency_code),
    constraint contact_attendance_people_counted check (people between 0 and 100000),
    constraint contact_attendance_reach_counted check (reach between 0 and 100000000),
    constraint contact_attendance_roles_listed check (roles <@ array['CASE_WORKER', 'FOCAL_POINT',
        'TRACING_OFFICER', 'INVESTIGATOR', 'BORDER_OFFICER', 'RECEPTION', 'PARTNER_CASEWORKER',
        'MDT_MEMBER', 'CONSULAR_OFFICER', 'COORDINATOR', 'AGREEMENT_STEWARD', 'AUDITOR', 'OPERATOR']),
    constraint contact_attendance_plain_text check (strpos(concat_ws('', unit), chr(57344)) = 0)
);

create table registry.contact_decision (
    contact_id uuid not null,
    number integer not null,
    decision text not null,
    responsible text not null,
    due_on date,
    done_on date,
    note text,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint contact_decision_pkey primary key (contact_id, number),
    constraint contact_decision_number_positive check (number > 0),
    constraint contact_decision_contact_id_fkey foreign key (contact_id)
        references registry.bilateral_contact (id),
    constraint contact_decision_responsible_fkey foreign key (responsible) references registry.agency (code),
    constraint contact_decision_plain_text check (strpos(concat_ws('', decision, note), chr(57344)) = 0)
);

create table history.contact_attendance (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    contact_id uuid,
    agency_code text,
    unit text,
    people integer,
    reach integer,
    roles text[],
    recorded_at timestamptz,
    constraint contact_attendance_period check (recorded_to > recorded_from)
);
create index contact_attendance_contact_id_recorded_from_idx on history.contact_attendance (contact_id,
    recorded_from);
create table history.contact_decision (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    contact_id uuid,
    number integer,
    decision text,
    responsible text,
    due_on date,
    done_on date,
    note text,
    recorded_at timestamptz,
    constraint contact_decision_period check (recorded_to > recorded_from)
);
create index contact_decision_contact_id_recorded_from_idx on history.contact_decision (contact_id,
    recorded_from);

-- A part that is added is an edit of its record, unless the record itself is new: who read the record
-- before it has read an older version.
create function registry.count_part() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    execute format('insert into registry.record_version as v (record_id, data_class, version)'
        ' select distinct x.id, c.data_class, 2 from made m cross join lateral (select %s as id) x'
        ' join registry.field_column c on c.table_name = %L where not exists (select from registry.event e'
        ' where e.record_id = x.id and e.tx = pg_current_xact_id() and e.fields is null)'
        ' on conflict (record_id, data_class) do update set version = v.version + 1',
        tg_argv[0], tg_table_name);
    return null;
end $$;

-- A day that is set stays, and nothing else of a version ever changes.
create function registry.check_version() returns trigger language plpgsql as $$
begin
    if (to_jsonb(new) - 'signed_on' - 'in_force_from') <> (to_jsonb(old) - 'signed_on' - 'in_force_from')
        or (old.signed_on is not null and new.signed_on is distinct from old.signed_on)
        or (old.in_force_from is not null and new.in_force_from is distinct from old.in_force_from)
    then
        raise exception 'a version of an agreement never changes' using errcode = 'SP002';
    end if;
    return new;
end $$;
create trigger check_version before update on registry.agreement_version
    for each row execute function registry.check_version();

-- The service names the parties of a draft in the transaction that makes it, and never later.
create function registry.check_draft_party() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from registry.agreement a where a.code = new.agreement_code
        and a.state = 'DRAFT' and a.xmin = pg_current_xact_id()::xid)
    then
        raise exception 'parties are named when a draft is made' using errcode = 'SP002';
    end if;
    return new;
end $$;
create trigger check_draft_party before insert on registry.agreement_party
    for each row when (current_user = 'saphan_service') execute function registry.check_draft_party();

-- What the service makes of an agreement begins as a draft that nobody else is shown.
create function registry.check_draft() returns trigger language plpgsql as $$
begin
    if new.state <> 'DRAFT' or new.published or new.verified or new.signed_on is not null
        or new.in_force_from is not null or new.until_on is not null or new.version is not null
    then
        raise exception 'an agreement begins as a draft' using errcode = 'SP002';
    end if;
    return new;
end $$;
create trigger check_draft before insert on registry.agreement
    for each row when (current_user = 'saphan_service') execute function registry.check_draft();

-- An office, an agency's desk under an agreement or for pairs of countries, has one officer at a time: also
-- where two are appointed at once.
create function registry.check_office() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('registry.focal_point ' || new.agency_code, 0));
    if exists (select from registry.focal_point o where o.id <> new.id and o.agency_code = new.agency_code
        and (o.agreement_code = new.agreement_code or (coalesce(o.agreement_code, new.agreement_code) is null
            and o.corridors && new.corridors))
        and daterange(o.since_on, o.until_on) && daterange(new.since_on, new.until_on))
    then
        raise exception 'the office is held at that time' using errcode = '23P01';
    end if;
    return new;
end $$;
create trigger check_office before insert or update on registry.focal_point
    for each row when (current_user = 'saphan_service') execute function registry.check_office();

-- Grants are read from protocol versions, and from the parties of the agreements that have some. An
-- instrument that is drafted, signed or ended changes none of them.
create function policy.bump_parties() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    update policy.version set number = number + 1 where exists (select from policy.protocol_version v
        where v.agreement_code in (new.agreement_code, old.agreement_code));
    return null;
end $$;
drop trigger bump on registry.agreement;
drop trigger bump on registry.agreement_party;
create trigger bump after insert or update or delete on registry.agreement_party
    for each row execute function policy.bump_parties();

do $$
declare
    party constant text := '(select current_setting(''saphan.party'', true))';
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    known constant text := agency || ' <> ''''';
    is_party constant text := 'exists (select from registry.agreement_party w where w.agreement_code = %s'
        || ' and w.party in (' || party || ', ' || agency || ') offset 0)';
    record constant text := '(select a.id from registry.agreement a where a.code = m.agreement_code)';
    moment constant text := '(select current_setting(''saphan.as_of'')::timestamptz)';
    named text;
    kind text;
    owner text;
    key text;
    wall text;
    event text;
    columns text;
begin
    execute 'alter policy shown on registry.agreement using (published or '
        || format(is_party, 'agreement.code') || ')';
    execute 'create policy added on registry.agreement for insert to saphan_service with check ('
        || known || ')';
    execute 'create policy changed on registry.agreement for update to saphan_service using ('
        || format(is_party, 'agreement.code') || ') with check (' || format(is_party, 'agreement.code') || ')';

    for named, kind, owner, key in values
        ('agreement_version', '''Agreement''', record, 'agreement_code, version'),
        ('negotiation_round', '''Agreement''', record, 'agreement_code, number'),
        ('agreement_signature', '''Agreement''', record, 'agreement_code, number'),
        ('contact_attendance', '''BilateralContact''', 'm.contact_id', 'contact_id, agency_code, unit'),
        ('contact_decision', '''BilateralContact''', 'm.contact_id', 'contact_id, number')
    loop
        -- the table's own name: `agreement_code` alone would be that of the parties
        wall := case owner when record then format(is_party, named || '.agreement_code') else known end;
        execute format('alter table registry.%I enable row level security', named);
        execute format('alter table registry.%I force row level security', named);
        execute format('create policy owner on registry.%I to saphan_owner using (true) with check (true)',
            named);
        execute format('create policy shown on registry.%I for select to saphan_service using (%s)', named,
            wall);
        execute format('create policy added on registry.%I for insert to saphan_service with check (%s)',
            named, wall);
        execute format('create policy changed on registry.%I for update to saphan_service using (%s)'
            ' with check (%s)', named, wall,
            wall);
        execute format('grant select on registry.%I to saphan_service', named);
        foreach event in array array['insert', 'update', 'delete']
        loop
            execute format('create trigger note_%s after %s on registry.%I referencing %s'
                ' for each statement execute function registry.note_event(%L, %L, %L, %L, %L, %L)',
                event, event, named,
                case event when 'insert' then 'new table as made' when 'delete' then 'old table as was'
                    else 'new table as made old table as was' end,
                kind, owner, 'null::uuid', 'null::uuid', 'part', key);
        end loop;
        execute format('create trigger count_part after insert on registry.%I referencing new table as made'
            ' for each statement execute function registry.count_part(%L)', named, owner);
        if owner = record then
            select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
                where attrelid = format('registry.%I', named)::regclass and attnum > 0;
            execute format('create view past.%1$I with (security_invoker = true) as select %2$s from'
                ' registry.%1$I where at <= %3$s', named, columns, moment);
            execute format('grant select on past.%I to saphan_service', named);
            execute format('create trigger refuse before %s on registry.%I for each statement'
                ' execute function registry.refuse()',
                case named when 'agreement_version' then 'delete or truncate'
                    else 'update or delete or truncate' end, named);
        else
            perform pg_temp.see_past(named);
            execute format('alter table history.%I enable row level security', named);
            execute format('alter table history.%I force row level security', named);
            execute format('create policy owner on history.%I to saphan_owner using (true)'
                ' with check (true)', named);
            execute format('create policy shown on history.%I for select to saphan_service using (%s)',
                named, known);
            execute format('grant select on history.%I to saphan_service', named);
            execute format('create trigger keep_update before update on registry.%I for each row'
                ' when (old.* is distinct from new.*) execute function history.keep()', named);
            execute format('create trigger keep_delete before delete on registry.%I for each row'
                ' execute function history.keep()', named);
            execute format('create trigger refuse before update or delete or truncate on history.%I'
                ' for each statement execute function registry.refuse()', named);
            execute format('create trigger refuse_truncate before truncate on registry.%I'
                ' for each statement execute function registry.refuse()', named);
        end if;
        if current_user <> 'saphan_owner' then
            execute format('alter table registry.%I owner to saphan_owner', named);
            execute format('alter view past.%I owner to saphan_owner', named);
            if owner <> record then
                execute format('alter table history.%I owner to saphan_owner', named);
            end if;
        end if;
    end loop;
    perform pg_temp.see_past('bilateral_contact'), pg_temp.see_past('agreement');
    if current_user <> 'saphan_owner' then
        alter function registry.count_part() owner to saphan_owner;
        alter function registry.check_version() owner to saphan_owner;
        alter function registry.check_draft_party() owner to saphan_owner;
        alter function registry.check_draft() owner to saphan_owner;
        alter function registry.check_office() owner to saphan_owner;
        alter function policy.bump_parties() owner to saphan_owner;
    end if;
end $$;

grant insert (id, code, title, kind, state, supersedes_code, parent_code, areas),
    update (state, signed_on, in_force_from, until_on, published, version)
    on registry.agreement to saphan_service;
grant insert on registry.agreement_party to saphan_service;
grant insert (agreement_code, version, summary, content, content_hash, proposed_by, agency_code, subject,
    issuer), update (signed_on, in_force_from) on registry.agreement_version to saphan_service;
grant insert (agreement_code, number, held_on, place, outcome, remarks, version, agency_code)
    on registry.negotiation_round to saphan_service;
grant insert (agreement_code, number, version, step, party, content_hash, on_day, on_paper, agency_code,
    subject, issuer, clause) on registry.agreement_signature to saphan_service;
grant insert (area), update (area) on registry.bilateral_contact to saphan_service;
grant insert (contact_id, agency_code, unit, people, reach, roles), update (people, reach, roles)
    on registry.contact_attendance to saphan_service;
grant insert (contact_id, number, decision, responsible, due_on, done_on, note),
    update (done_on, note) on registry.contact_decision to saphan_service;

insert into registry.field_column (record_type, field, data_class, table_name, column_name) values
    ('Agreement', 'areas', 'AGREEMENT', 'agreement', 'areas'),
    ('Agreement', 'rounds', 'CLAUSE', 'agreement', 'code'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'agency_code'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'held_on'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'outcome'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'place'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'remarks'),
    ('Agreement', 'rounds', 'CLAUSE', 'negotiation_round', 'version'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement', 'code'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'agency_code'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'content_hash'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'on_day'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'on_paper'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'party'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'step'),
    ('Agreement', 'signatures', 'CLAUSE', 'agreement_signature', 'version'),
    ('Agreement', 'state', 'AGREEMENT', 'agreement', 'code'),
    ('Agreement', 'state', 'AGREEMENT', 'agreement', 'in_force_from'),
    ('Agreement', 'state', 'AGREEMENT', 'agreement', 'until_on'),
    ('Agreement', 'version', 'AGREEMENT', 'agreement', 'version'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement', 'code'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'content'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'content_hash'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'in_force_from'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'proposed_by'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'signed_on'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'summary'),
    ('Agreement', 'versions', 'CLAUSE', 'agreement_version', 'version'),
    ('BilateralContact', 'area', 'CONTACT', 'bilateral_contact', 'area'),
    ('BilateralContact', 'attendance', 'CONTACT', 'contact_attendance', 'agency_code'),
    ('BilateralContact', 'attendance', 'CONTACT', 'contact_attendance', 'people'),
    ('BilateralContact', 'attendance', 'CONTACT', 'contact_attendance', 'reach'),
    ('BilateralContact', 'attendance', 'CONTACT', 'contact_attendance', 'roles'),
    ('BilateralContact', 'attendance', 'CONTACT', 'contact_attendance', 'unit'),
    ('BilateralContact', 'decisionsTaken', 'CONTACT', 'contact_decision', 'decision'),
    ('BilateralContact', 'decisionsTaken', 'CONTACT', 'contact_decision', 'done_on'),
    ('BilateralContact', 'decisionsTaken', 'CONTACT', 'contact_decision', 'due_on'),
    ('BilateralContact', 'decisionsTaken', 'CONTACT', 'contact_decision', 'note'),
    ('BilateralContact', 'decisionsTaken', 'CONTACT', 'contact_decision', 'responsible'),
    ('BilateralContact', 'nextDueOn', 'CONTACT', 'contact_decision', 'done_on'),
    ('BilateralContact', 'nextDueOn', 'CONTACT', 'contact_decision', 'due_on'),
    ('BilateralContact', 'reach', 'CONTACT', 'contact_attendance', 'reach');
