-- What was changed, in the order in which it was committed, and by whom. As schema.tables.events.
--
-- Triggers write it, whoever writes the rows: the feed of changes misses nothing that way. An event holds
-- ids and names of fields, never a value. Time alone, and a change of the policy, makes no event.

-- A table that got a column: its view of the past has to show it too. For this revision alone.
create function pg_temp.see_past(named text) returns void language plpgsql as $$
declare
    moment constant text := '(select current_setting(''saphan.as_of'')::timestamptz)';
    entered constant text := case named
        when 'consent' then 'recorded_at' when 'transition' then 'at'
        when 'emergency_opening' then 'opened_at' when 'emergency_review' then 'at'
        when 'event' then 'at' when 'deed' then 'at' end;
    columns text;
    rows text;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
        where attrelid = format('registry.%I', named)::regclass and attnum > 0 and not attisdropped;
    rows := format('select %s from registry.%I', columns, named);
    if to_regclass(format('history.%I', named)) is not null then
        rows := format('%s where recorded_at <= %s union all select %s from history.%I'
            ' where recorded_from <= %s and recorded_to > %s',
            rows, moment, columns, named, moment, moment);
    elsif entered is not null then
        rows := format('%s where %I <= %s', rows, entered, moment);
    end if;
    execute format('drop view if exists past.%I', named);
    execute format('create view past.%I with (security_invoker = true) as %s', named, rows);
    execute format('grant select on past.%I to saphan_service', named);
    if current_user <> 'saphan_owner' then
        execute format('alter view past.%I owner to saphan_owner', named);
    end if;
end $$;

create table registry.field_column (
    record_type text not null,
    field text not null,
    data_class text not null,
    table_name text not null,
    column_name text not null,
    constraint field_column_pkey primary key (table_name, column_name, field)
);

create table registry.event (
    seq bigint generated always as identity,
    tx xid8 default pg_current_xact_id() not null,
    at timestamptz default clock_timestamp() not null,
    record_id uuid not null,
    record_type text not null,
    case_id uuid,
    victim_id uuid,
    fields text[],
    constraint event_pkey primary key (seq)
);
create index event_tx_idx on registry.event (tx);
create index event_record_id_seq_idx on registry.event (record_id, seq);
create index event_case_id_seq_idx on registry.event (case_id, seq);

create table registry.commit_order (
    tx xid8 not null,
    position bigint,
    at timestamptz default clock_timestamp() not null,
    began timestamptz default transaction_timestamp() not null,
    constraint commit_order_pkey primary key (tx),
    constraint commit_order_position_key unique (position)
);
create sequence registry.commit_position as bigint;

create table registry.record_version (
    record_id uuid not null,
    data_class text not null,
    version integer not null,
    case_id uuid,
    victim_id uuid,
    constraint record_version_pkey primary key (record_id, data_class),
    constraint record_version_after_first check (version > 1)
);

-- Who acted, why and under which clause: one row for each act on the registry.
create table registry.deed (
    tx xid8 default pg_current_xact_id() not null,
    act text not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    purpose text not null,
    clause text not null,
    reason text,
    form_id text,
    access_record uuid not null,
    at timestamptz default clock_timestamp() not null,
    constraint deed_pkey primary key (tx),
    constraint deed_agency_code_fkey foreign key (agency_code) references registry.agency (code),
    constraint deed_plain_text check (strpos(concat_ws('', act, subject, issuer, purpose, clause,
        reason, form_id), chr(57344)) = 0)
);

create unique index deed_access_record_idx on registry.deed (access_record);

-- The whole record is new: its fields are null. They are empty where nothing of the record itself
-- changed, but something that decides who may see it. Arguments: type, id, case, person (SQL over m),
-- whether the row is the record itself, key of the table.
create function registry.note_event() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    noted bigint;
begin
    if tg_op = 'UPDATE' then
        execute format(
            'with changed as materialized (select m.*, x.fields, x.classes from made m join was w using (%s)'
            ' cross join lateral (select to_jsonb(w) - ''recorded_at'' as a,'
            ' to_jsonb(m) - ''recorded_at'' as b offset 0) j'
            ' cross join lateral (select coalesce(array_agg(distinct c.field order by c.field), ''{}'')'
            ' as fields, coalesce(array_agg(distinct c.data_class), ''{}'') as classes'
            ' from registry.field_column c where c.table_name = %L'
            ' and (j.a -> c.column_name) is distinct from (j.b -> c.column_name)) x where j.a <> j.b),'
            ' counted as (insert into registry.record_version as v'
            ' (record_id, data_class, version, case_id, victim_id)'
            ' select %s, k.data_class, 2, %s, %s from changed m cross join lateral unnest(m.classes)'
            ' k(data_class) on conflict (record_id, data_class) do update set version = v.version + 1)'
            ' insert into registry.event (record_id, record_type, case_id, victim_id, fields)'
            ' select %s, %s, %s, %s, m.fields from changed m',
            tg_argv[5], tg_table_name, tg_argv[1], tg_argv[2], tg_argv[3],
            tg_argv[1], tg_argv[0], tg_argv[2], tg_argv[3]);
    else
        execute format(
            'insert into registry.event (record_id, record_type, case_id, victim_id, fields)'
            ' select %s, %s, %s, %s, %s from %s m',
            tg_argv[1], tg_argv[0], tg_argv[2], tg_argv[3],
            case when tg_argv[4] = 'itself' and tg_op = 'INSERT' then 'null::text[]'
                when tg_op = 'INSERT' then format('coalesce((select array_agg(distinct c.field order by'
                    ' c.field) from registry.field_column c where c.table_name = %L), ''{}'')', tg_table_name)
                else '''{}''::text[]' end,
            case tg_op when 'INSERT' then 'made' else 'was' end);
    end if;
    -- `execute` leaves FOUND as it was
    get diagnostics noted = row_count;
    if noted > 0 then
        insert into registry.commit_order (tx) values (pg_current_xact_id()) on conflict do nothing;
    end if;
    return null;
end $$;

-- At the commit, one transaction after another: whoever sees a position sees every lower one.
create function registry.take_position() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock(7310100006);
    update registry.commit_order set position = nextval('registry.commit_position'),
        at = clock_timestamp() where tx = new.tx;
    perform pg_notify('saphan_changed', '');
    return null;
end $$;
create constraint trigger take_position after insert on registry.commit_order
    deferrable initially deferred for each row execute function registry.take_position();

-- Which cases were touched after a position, for what runs beside the requests. Ids, and no value. `began`
-- is an instant before all that the transaction changed: how a case stood then is how it stood before.
create function registry.touched(after bigint, most integer)
    returns table (place bigint, case_id uuid, began timestamptz) language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$
    select distinct o.position, c.id, o.began
        from (select position, tx, began from registry.commit_order where position > after
            order by position limit most) o
        join registry.event e on e.tx = o.tx
        cross join lateral (
            select e.case_id as id where e.case_id is not null
            union all
            select r.id from registry.return_case r where e.case_id is null and r.victim_id = e.victim_id
        ) c
        order by 1, 2
$$;
create function registry.newest_position() returns bigint language sql stable security definer
    set search_path = pg_catalog, pg_temp as $$
    select coalesce((select max(position) from registry.commit_order), 0)
$$;

do $$
declare
    named text;
    kind text;
    record text;
    of_case text;
    person text;
    own text;
    key text;
    event text;
begin
    for named, kind, record, of_case, person, own, key in values
        ('victim', '''Victim''', 'm.id', 'null::uuid', 'm.id', 'itself', 'id'),
        ('return_case', '''ReturnCase''', 'm.id', 'm.id', 'm.victim_id', 'itself', 'id'),
        ('transition', '''Transition''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('consent', '''Consent''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('referral', '''Referral''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('assessment', '''Assessment''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('travel_paper', '''TravelPaper''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('follow_up', '''FollowUp''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('legal_request', '''LegalRequest''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('emergency_opening', '''EmergencyOpening''', 'm.id', 'm.case_id', 'null::uuid', 'itself', 'id'),
        ('emergency_review', '''EmergencyOpening''', 'm.opening_id',
            '(select o.case_id from registry.emergency_opening o where o.id = m.opening_id)',
            'null::uuid', 'part', 'opening_id'),
        ('assignment', '''ReturnCase''', 'm.case_id', 'm.case_id', 'null::uuid', 'part', 'id'),
        ('restriction', '(select i.type from registry.record_index i where i.id = m.record_id)',
            'm.record_id', 'm.case_id', 'm.victim_id', 'part', 'id'),
        ('contact_case', '''BilateralContact''', 'm.contact_id', 'm.case_id', 'null::uuid', 'part',
            'contact_id, case_id'),
        ('contact_participant', '''BilateralContact''', 'm.contact_id', 'null::uuid', 'null::uuid', 'part',
            'contact_id, agency_code'),
        ('bilateral_contact', '''BilateralContact''', 'm.id', 'null::uuid', 'null::uuid', 'itself', 'id'),
        ('focal_point', '''FocalPoint''', 'm.id', 'null::uuid', 'null::uuid', 'itself', 'id'),
        ('agreement', '''Agreement''', 'm.id', 'null::uuid', 'null::uuid', 'itself', 'id'),
        ('clause', '''Clause''', 'm.id', 'null::uuid', 'null::uuid', 'itself', 'id'),
        ('agency', '''Agency''', 'm.id', 'null::uuid', 'null::uuid', 'itself', 'id')
    loop
        foreach event in array array['insert', 'update', 'delete']
        loop
            execute format('create trigger note_%s after %s on registry.%I referencing %s'
                ' for each statement execute function registry.note_event(%L, %L, %L, %L, %L, %L)',
                event, event, named,
                case event when 'insert' then 'new table as made' when 'delete' then 'old table as was'
                    else 'new table as made old table as was' end,
                kind, record, of_case, person, own, key);
        end loop;
    end loop;
end $$;

-- The second wall. An event, a version and a deed are behind the one of their case.
do $$
declare
    party constant text := '(select current_setting(''saphan.party'', true))';
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    known constant text := agency || ' <> ''''';
    shown constant text := '(' || known || ' and ((case_id is null and victim_id is null)'
        || ' or exists (select from registry.case_party w where w.case_id = %1$s.case_id offset 0)'
        || ' or exists (select from registry.return_case c where c.victim_id = %1$s.victim_id offset 0)))';
    named text;
begin
    foreach named in array array['event', 'record_version', 'deed']
    loop
        execute format('alter table registry.%I enable row level security', named);
        execute format('alter table registry.%I force row level security', named);
        execute format('create policy owner on registry.%I to saphan_owner using (true) with check (true)',
            named);
        execute format('create policy shown on registry.%I for select to saphan_service using (%s)', named,
            case named when 'deed' then '(agency_code = ' || agency || ' or exists (select from'
                || ' registry.event e where e.tx = deed.tx offset 0))' else format(shown, named) end);
        execute format('grant select on registry.%I to saphan_service', named);
    end loop;
    execute 'create policy added on registry.deed for insert to saphan_service with check (agency_code = '
        || agency || ')';
end $$;
grant insert (act, agency_code, subject, issuer, purpose, clause, reason, form_id, access_record)
    on registry.deed to saphan_service;
select pg_temp.see_past('event'), pg_temp.see_past('deed');
grant select on registry.commit_order, registry.field_column to saphan_service;
revoke all on function registry.touched(bigint, integer), registry.newest_position() from public;
grant execute on function registry.touched(bigint, integer), registry.newest_position()
    to saphan_service;
create trigger refuse before update or delete or truncate on registry.event
    for each statement execute function registry.refuse();
create trigger refuse before update or delete or truncate on registry.deed
    for each statement execute function registry.refuse();

do $$
declare
    named text;
begin
    if current_user <> 'saphan_owner' then
        foreach named in array array['event', 'commit_order', 'record_version', 'deed', 'field_column']
        loop
            execute format('alter table registry.%I owner to saphan_owner', named);
        end loop;
        alter sequence registry.commit_position owner to saphan_owner;
        alter function registry.note_event() owner to saphan_owner;
        alter function registry.take_position() owner to saphan_owner;
        alter function registry.touched(bigint, integer) owner to saphan_owner;
        alter function registry.newest_position() owner to saphan_owner;
    end if;
end $$;

insert into registry.field_column (record_type, field, data_class, table_name, column_name) values
    ('Agency', 'code', 'AGREEMENT', 'agency', 'code'),
    ('Agency', 'country', 'AGREEMENT', 'agency', 'country'),
    ('Agency', 'name', 'AGREEMENT', 'agency', 'name'),
    ('Agency', 'nameInScript', 'AGREEMENT', 'agency', 'name_native'),
    ('Agency', 'organisationType', 'AGREEMENT', 'agency', 'organisation_type'),
    ('Agreement', 'code', 'AGREEMENT', 'agreement', 'code'),
    ('Agreement', 'inForceFrom', 'AGREEMENT', 'agreement', 'in_force_from'),
    ('Agreement', 'kind', 'AGREEMENT', 'agreement', 'kind'),
    ('Agreement', 'parties', 'AGREEMENT', 'agreement', 'code'),
    ('Agreement', 'signedOn', 'AGREEMENT', 'agreement', 'signed_on'),
    ('Agreement', 'source', 'AGREEMENT', 'agreement', 'source'),
    ('Agreement', 'state', 'AGREEMENT', 'agreement', 'state'),
    ('Agreement', 'title', 'AGREEMENT', 'agreement', 'title'),
    ('Agreement', 'until', 'AGREEMENT', 'agreement', 'until_on'),
    ('Agreement', 'verified', 'AGREEMENT', 'agreement', 'verified'),
    ('Assessment', 'familyWilling', 'ASSESSMENT', 'assessment', 'family_willing'),
    ('Assessment', 'outcome', 'ASSESSMENT_OUTCOME', 'assessment', 'outcome'),
    ('Assessment', 'report', 'ASSESSMENT', 'assessment', 'report'),
    ('Assessment', 'risk', 'ASSESSMENT', 'assessment', 'risk'),
    ('Assessment', 'riskFlag', 'RISK_FLAG', 'assessment', 'risk_flag'),
    ('BilateralContact', 'agenda', 'CONTACT', 'bilateral_contact', 'agenda'),
    ('BilateralContact', 'countries', 'CONTACT', 'bilateral_contact', 'countries'),
    ('BilateralContact', 'decisions', 'CONTACT', 'bilateral_contact', 'decisions'),
    ('BilateralContact', 'endsOn', 'CONTACT', 'bilateral_contact', 'ends_on'),
    ('BilateralContact', 'funder', 'CONTACT', 'bilateral_contact', 'funder'),
    ('BilateralContact', 'hosts', 'CONTACT', 'bilateral_contact', 'hosts'),
    ('BilateralContact', 'kind', 'CONTACT', 'bilateral_contact', 'kind'),
    ('BilateralContact', 'minutes', 'MINUTES', 'bilateral_contact', 'minutes'),
    ('BilateralContact', 'place', 'CONTACT', 'bilateral_contact', 'place'),
    ('BilateralContact', 'startsOn', 'CONTACT', 'bilateral_contact', 'starts_on'),
    ('BilateralContact', 'title', 'CONTACT', 'bilateral_contact', 'title'),
    ('Clause', 'article', 'CLAUSE', 'clause', 'article'),
    ('Clause', 'purposes', 'CLAUSE', 'clause', 'purposes'),
    ('Clause', 'subject', 'CLAUSE', 'clause', 'subject'),
    ('Clause', 'verified', 'CLAUSE', 'clause', 'verified'),
    ('Consent', 'assent', 'CONSENT', 'consent', 'assent'),
    ('Consent', 'givenAt', 'CONSENT', 'consent', 'state'),
    ('Consent', 'givenAt', 'CONSENT', 'consent', 'stated_at'),
    ('Consent', 'givenBy', 'CONSENT', 'consent', 'given_by'),
    ('Consent', 'guardian', 'CONSENT', 'consent', 'guardian'),
    ('Consent', 'purpose', 'CONSENT', 'consent', 'purpose'),
    ('Consent', 'recipients', 'CONSENT', 'consent', 'recipients'),
    ('Consent', 'state', 'CONSENT', 'consent', 'state'),
    ('Consent', 'withdrawnAt', 'CONSENT', 'consent', 'state'),
    ('Consent', 'withdrawnAt', 'CONSENT', 'consent', 'stated_at'),
    ('EmergencyOpening', 'agency', 'EMERGENCY', 'emergency_opening', 'agency_code'),
    ('EmergencyOpening', 'clause', 'EMERGENCY', 'emergency_opening', 'clause'),
    ('EmergencyOpening', 'finding', 'EMERGENCY', 'emergency_review', 'finding'),
    ('EmergencyOpening', 'openedAt', 'EMERGENCY', 'emergency_opening', 'opened_at'),
    ('EmergencyOpening', 'openedBy', 'EMERGENCY', 'emergency_opening', 'subject'),
    ('EmergencyOpening', 'overdue', 'EMERGENCY', 'emergency_opening', 'opened_at'),
    ('EmergencyOpening', 'overdue', 'EMERGENCY', 'emergency_review', 'at'),
    ('EmergencyOpening', 'reason', 'EMERGENCY', 'emergency_opening', 'reason'),
    ('EmergencyOpening', 'reviewBy', 'EMERGENCY', 'emergency_opening', 'opened_at'),
    ('EmergencyOpening', 'reviewedAt', 'EMERGENCY', 'emergency_review', 'at'),
    ('EmergencyOpening', 'reviewedBy', 'EMERGENCY', 'emergency_review', 'subject'),
    ('EmergencyOpening', 'until', 'EMERGENCY', 'emergency_opening', 'until_at'),
    ('FocalPoint', 'agency', 'CONTACT', 'focal_point', 'agency_code'),
    ('FocalPoint', 'corridors', 'CONTACT', 'focal_point', 'corridors'),
    ('FocalPoint', 'email', 'CONTACT', 'focal_point', 'email'),
    ('FocalPoint', 'person', 'CONTACT', 'focal_point', 'person'),
    ('FocalPoint', 'phone', 'CONTACT', 'focal_point', 'phone'),
    ('FocalPoint', 'privatePhone', 'CONTACT_PRIVATE', 'focal_point', 'private_phone'),
    ('FocalPoint', 'since', 'CONTACT', 'focal_point', 'since_on'),
    ('FocalPoint', 'title', 'CONTACT', 'focal_point', 'title'),
    ('FocalPoint', 'until', 'CONTACT', 'focal_point', 'until_on'),
    ('FollowUp', 'feedbackCode', 'FEEDBACK', 'follow_up', 'feedback_code'),
    ('FollowUp', 'feedbackOn', 'FEEDBACK', 'follow_up', 'feedback_on'),
    ('FollowUp', 'month', 'REINTEGRATION', 'follow_up', 'month'),
    ('FollowUp', 'notes', 'REINTEGRATION', 'follow_up', 'notes'),
    ('FollowUp', 'supportTypes', 'REINTEGRATION', 'follow_up', 'support_types'),
    ('FollowUp', 'visitedOn', 'REINTEGRATION', 'follow_up', 'visited_on'),
    ('LegalRequest', 'agency', 'LEGAL', 'legal_request', 'agency_code'),
    ('LegalRequest', 'expiresOn', 'LEGAL', 'legal_request', 'expires_on'),
    ('LegalRequest', 'number', 'LEGAL', 'legal_request', 'number'),
    ('LegalRequest', 'receivedOn', 'LEGAL', 'legal_request', 'received_on'),
    ('LegalRequest', 'subject', 'LEGAL', 'legal_request', 'subject'),
    ('Referral', 'caseOwner', 'REFERRAL', 'referral', 'case_owner'),
    ('Referral', 'details', 'REFERRAL_TEXT', 'referral', 'details'),
    ('Referral', 'from', 'REFERRAL', 'referral', 'from_agency'),
    ('Referral', 'reason', 'REFERRAL', 'referral', 'reason'),
    ('Referral', 'state', 'REFERRAL', 'referral', 'state'),
    ('Referral', 'to', 'REFERRAL', 'referral', 'to_agency'),
    ('ReturnCase', 'bestInterestsDecision', 'BEST_INTERESTS', 'return_case', 'best_interests_decision'),
    ('ReturnCase', 'closingReason', 'SHELL', 'return_case', 'closing_reason'),
    ('ReturnCase', 'compensationClaim', 'LEGAL', 'return_case', 'compensation_claim'),
    ('ReturnCase', 'feedbackCode', 'FEEDBACK', 'return_case', 'feedback_code'),
    ('ReturnCase', 'feedbackOn', 'FEEDBACK', 'return_case', 'feedback_on'),
    ('ReturnCase', 'handoverAt', 'HANDOVER', 'return_case', 'handover_at'),
    ('ReturnCase', 'handoverPlace', 'HANDOVER', 'return_case', 'handover_place'),
    ('ReturnCase', 'holder', 'SHELL', 'return_case', 'holder'),
    ('ReturnCase', 'host', 'SHELL', 'return_case', 'host'),
    ('ReturnCase', 'legalHold', 'LEGAL_HOLD', 'return_case', 'legal_hold'),
    ('ReturnCase', 'openedOn', 'SHELL', 'return_case', 'opened_on'),
    ('ReturnCase', 'origin', 'SHELL', 'return_case', 'origin'),
    ('ReturnCase', 'outcome', 'SHELL', 'return_case', 'outcome'),
    ('ReturnCase', 'plan', 'REINTEGRATION', 'return_case', 'reintegration_plan'),
    ('ReturnCase', 'proceedings', 'LEGAL', 'return_case', 'proceedings'),
    ('ReturnCase', 'shelterName', 'SHELTER', 'return_case', 'shelter_name'),
    ('ReturnCase', 'shelterPlace', 'SHELTER', 'return_case', 'shelter_place'),
    ('ReturnCase', 'state', 'SHELL', 'return_case', 'state'),
    ('ReturnCase', 'stateSince', 'SHELL', 'return_case', 'state_since'),
    ('Transition', 'at', 'SHELL', 'transition', 'at'),
    ('Transition', 'clause', 'SHELL', 'transition', 'clause'),
    ('Transition', 'state', 'SHELL', 'transition', 'state'),
    ('TravelPaper', 'escort', 'TRAVEL', 'travel_paper', 'escort'),
    ('TravelPaper', 'exitPermit', 'TRAVEL', 'travel_paper', 'exit_permit'),
    ('TravelPaper', 'transport', 'TRAVEL', 'travel_paper', 'transport'),
    ('TravelPaper', 'travelDocument', 'TRAVEL', 'travel_paper', 'travel_document'),
    ('Victim', 'ageBand', 'PERSON', 'victim', 'birth_latest'),
    ('Victim', 'ageDisputed', 'PERSON', 'victim', 'age_disputed'),
    ('Victim', 'ageWhenTrafficked', 'EXPLOITATION_DETAIL', 'victim', 'age_when_trafficked'),
    ('Victim', 'alias', 'IDENTITY', 'victim', 'alias'),
    ('Victim', 'apps', 'EXPLOITATION_DETAIL', 'victim', 'apps'),
    ('Victim', 'birthDate', 'IDENTITY', 'victim', 'birth_date'),
    ('Victim', 'birthPrecision', 'IDENTITY', 'victim', 'birth_precision'),
    ('Victim', 'careNeeds', 'CARE', 'victim', 'care_needs'),
    ('Victim', 'childrenCount', 'PERSON', 'victim', 'children_count'),
    ('Victim', 'dates', 'EXPLOITATION_DETAIL', 'victim', 'dates'),
    ('Victim', 'diagnosis', 'MEDICAL', 'victim', 'diagnosis'),
    ('Victim', 'education', 'PERSON', 'victim', 'education'),
    ('Victim', 'email', 'FAMILY', 'victim', 'email'),
    ('Victim', 'exploitationTypes', 'EXPLOITATION', 'victim', 'exploitation_types'),
    ('Victim', 'familyContacts', 'FAMILY', 'victim', 'family_contacts'),
    ('Victim', 'familyName', 'IDENTITY', 'victim', 'family_name'),
    ('Victim', 'forcedLabourIndustry', 'EXPLOITATION_DETAIL', 'victim', 'forced_labour_industry'),
    ('Victim', 'gender', 'PERSON', 'victim', 'gender'),
    ('Victim', 'givenName', 'IDENTITY', 'victim', 'given_name'),
    ('Victim', 'homeDistrict', 'FAMILY', 'victim', 'home_district'),
    ('Victim', 'homeProvince', 'PERSON', 'victim', 'home_province'),
    ('Victim', 'homeStreet', 'FAMILY', 'victim', 'home_street'),
    ('Victim', 'homeVillage', 'FAMILY', 'victim', 'home_village'),
    ('Victim', 'identityNumber', 'IDENTITY', 'victim', 'identity_number'),
    ('Victim', 'isMinor', 'PERSON', 'victim', 'age_disputed'),
    ('Victim', 'isMinor', 'PERSON', 'victim', 'birth_latest'),
    ('Victim', 'languages', 'PERSON', 'victim', 'languages'),
    ('Victim', 'maritalStatus', 'PERSON', 'victim', 'marital_status'),
    ('Victim', 'meansOfControl', 'EXPLOITATION_DETAIL', 'victim', 'means_of_control'),
    ('Victim', 'middleName', 'IDENTITY', 'victim', 'middle_name'),
    ('Victim', 'nameInScript', 'IDENTITY', 'victim', 'name_in_script'),
    ('Victim', 'nameScript', 'IDENTITY', 'victim', 'name_script'),
    ('Victim', 'narrative', 'NARRATIVE', 'victim', 'narrative'),
    ('Victim', 'nationalities', 'PERSON', 'victim', 'nationalities'),
    ('Victim', 'phone', 'FAMILY', 'victim', 'phone'),
    ('Victim', 'photo', 'PHOTO', 'victim', 'photo'),
    ('Victim', 'places', 'EXPLOITATION_DETAIL', 'victim', 'places'),
    ('Victim', 'psychologicalNotes', 'MEDICAL', 'victim', 'psychological_notes'),
    ('Victim', 'recruitment', 'EXPLOITATION_DETAIL', 'victim', 'recruitment'),
    ('Victim', 'relationToTrafficker', 'EXPLOITATION_DETAIL', 'victim', 'relation_to_trafficker'),
    ('Victim', 'sexExploitationType', 'EXPLOITATION_DETAIL', 'victim', 'sex_exploitation_type'),
    ('Victim', 'stateless', 'PERSON', 'victim', 'stateless'),
    ('Victim', 'statusDecidedBy', 'PERSON', 'victim', 'status_decided_by'),
    ('Victim', 'suspects', 'NARRATIVE', 'victim', 'suspects'),
    ('Victim', 'traffickingStatus', 'PERSON', 'victim', 'trafficking_status');
