-- What acts on a case need: the machine's edges with act, side, actors and limits; signatures of both
-- sides; keys of requests that were sent twice. As schema.tables.acts and schema.machine.

alter table registry.state_edge
    add column act text, add column side text, add column actors text[], add column limit_days integer;
update registry.state_edge e set act = x.act, side = x.side, actors = x.actors, limit_days = x.days
    from (values
        (1, null, 'SCREENED', false, 'openReturnCase', 'HOST', '{CASE_WORKER,INVESTIGATOR}'::text[], 15),
        (1, null, 'TRACING', true, 'openReturnCase', 'ORIGIN', '{FOCAL_POINT}'::text[], null),
        (2, 'SCREENED', 'IDENTIFIED', false, 'recordIdentification', 'HOST', '{MDT_MEMBER,INVESTIGATOR}'::text[], null),
        (2, 'SCREENED', 'NOT_A_VICTIM', false, 'recordIdentification', 'HOST', '{MDT_MEMBER,INVESTIGATOR}'::text[], null),
        (3, 'IDENTIFIED', 'NOTIFIED', false, 'notifyOrigin', 'HOST', '{FOCAL_POINT}'::text[], 7),
        (4, 'NOTIFIED', 'TRACING_REQUESTED', false, 'requestTracing', 'HOST', '{FOCAL_POINT}'::text[], null),
        (5, 'TRACING_REQUESTED', 'TRACING', false, 'acknowledgeTracing', 'ORIGIN', '{FOCAL_POINT}'::text[], 7),
        (6, 'TRACING', 'ASSESSED', false, 'confirmAssessment', 'ORIGIN', '{TRACING_OFFICER,FOCAL_POINT}'::text[], 30),
        (7, 'ASSESSED', 'RETURN_PLANNED', false, 'signReturnPlan', 'BOTH', '{FOCAL_POINT}'::text[], 14),
        (8, 'RETURN_PLANNED', 'DOCUMENTS_READY', false, 'recordTravelDocument', 'BOTH', '{CONSULAR_OFFICER,BORDER_OFFICER}'::text[], 14),
        (9, 'DOCUMENTS_READY', 'HANDED_OVER', false, 'signHandover', 'BOTH', '{FOCAL_POINT,BORDER_OFFICER}'::text[], 7),
        (10, 'HANDED_OVER', 'IN_RECEPTION', false, 'recordArrival', 'ORIGIN', '{RECEPTION}'::text[], 1),
        (11, 'IN_RECEPTION', 'REINTEGRATING', false, 'startReintegration', 'ORIGIN', '{RECEPTION,TRACING_OFFICER}'::text[], 7),
        (12, 'REINTEGRATING', 'FOLLOW_UP', false, 'recordFollowUp', 'ORIGIN', '{CASE_WORKER,PARTNER_CASEWORKER}'::text[], null),
        (12, 'FOLLOW_UP', 'CLOSED', false, 'closeCase', 'ORIGIN', '{CASE_WORKER,PARTNER_CASEWORKER}'::text[], 365),
        (13, 'SCREENED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'IDENTIFIED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'NOTIFIED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'TRACING_REQUESTED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'TRACING', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'ASSESSED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'RETURN_PLANNED', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'DOCUMENTS_READY', 'ON_HOLD', false, 'holdCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (13, 'ON_HOLD', null, false, 'resumeCase', 'HOLDER', '{CASE_WORKER,FOCAL_POINT}'::text[], null),
        (14, 'SCREENED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'SCREENED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'IDENTIFIED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'IDENTIFIED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'NOTIFIED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'NOTIFIED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'TRACING_REQUESTED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'TRACING_REQUESTED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'TRACING', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'TRACING', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'ASSESSED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'ASSESSED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'RETURN_PLANNED', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'RETURN_PLANNED', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'DOCUMENTS_READY', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'DOCUMENTS_READY', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'ON_HOLD', 'ALTERNATIVE', false, 'chooseAlternative', 'HOST', '{FOCAL_POINT}'::text[], null),
        (14, 'ON_HOLD', 'CANCELLED', false, 'cancelReturn', 'HOST', '{FOCAL_POINT}'::text[], null)
    ) x (number, source, target, unseated, act, side, actors, days)
    where e.source is not distinct from x.source and e.target is not distinct from x.target
    and e.unseated_host = x.unseated;
alter table registry.state_edge
    alter column act set not null, alter column side set not null, alter column actors set not null,
    add constraint state_edge_side_listed check (side in ('HOST', 'ORIGIN', 'BOTH', 'HOLDER')),
    add constraint state_edge_actors_listed check (actors <@ array['CASE_WORKER', 'FOCAL_POINT',
        'TRACING_OFFICER', 'INVESTIGATOR', 'BORDER_OFFICER', 'RECEPTION', 'PARTNER_CASEWORKER',
        'MDT_MEMBER', 'CONSULAR_OFFICER', 'COORDINATOR', 'AGREEMENT_STEWARD', 'AUDITOR', 'OPERATOR']),
    add constraint state_edge_plain_text check (strpos(concat_ws('', act), chr(57344)) = 0);

-- Why a case is on hold, when the person's rights were explained to her, and the stamps of the border.
do $$
declare
    place text;
begin
    foreach place in array array['registry', 'history']
    loop
        execute format('alter table %I.return_case add column hold_reason text,'
            ' add column rights_explained_at timestamptz', place);
        execute format('alter table %I.travel_paper add column identity_verified boolean,'
            ' add column departed_at timestamptz, add column arrived_at timestamptz', place);
    end loop;
end $$;
alter table registry.return_case add constraint return_case_hold_reason_listed check (hold_reason in
    ('LEGAL', 'SAFETY', 'HEALTH', 'CONSENT'));
select pg_temp.see_past('return_case'), pg_temp.see_past('travel_paper');
grant insert (hold_reason, rights_explained_at), update (hold_reason, rights_explained_at)
    on registry.return_case to saphan_service;
grant insert (identity_verified, departed_at, arrived_at),
    update (identity_verified, departed_at, arrived_at) on registry.travel_paper to saphan_service;

-- Fields that came with it: `registry.field_column` is as `schema.stored`.
insert into registry.field_column (record_type, field, data_class, table_name, column_name) values
    ('ReturnCase', 'dueAt', 'SHELL', 'return_case', 'agreement_code'),
    ('ReturnCase', 'dueAt', 'SHELL', 'return_case', 'state'),
    ('ReturnCase', 'dueAt', 'SHELL', 'return_case', 'state_since'),
    ('ReturnCase', 'holdReason', 'LEGAL', 'return_case', 'hold_reason'),
    ('ReturnCase', 'overdue', 'SHELL', 'return_case', 'agreement_code'),
    ('ReturnCase', 'overdue', 'SHELL', 'return_case', 'state'),
    ('ReturnCase', 'overdue', 'SHELL', 'return_case', 'state_since'),
    ('ReturnCase', 'plannedHandoverOn', 'HANDOVER', 'return_case', 'planned_handover_on'),
    ('Transition', 'agency', 'SHELL', 'transition', 'actor_agency'),
    ('TravelPaper', 'arrivedAt', 'TRAVEL', 'travel_paper', 'arrived_at'),
    ('TravelPaper', 'departedAt', 'TRAVEL', 'travel_paper', 'departed_at');

-- A word of one side on one step; what is signed is the hash of what the step says. A step that is
-- changed needs both words again.
create table registry.signature (
    id uuid not null,
    case_id uuid not null,
    step text not null,
    side text not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    clause text not null,
    content_hash text not null,
    at timestamptz default clock_timestamp() not null,
    constraint signature_pkey primary key (id),
    constraint signature_step_listed check (step in ('PLAN', 'HANDOVER', 'PAPERS')),
    constraint signature_side_listed check (side in ('HOST', 'ORIGIN')),
    constraint signature_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint signature_agency_code_fkey foreign key (agency_code) references registry.agency (code),
    constraint signature_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint signature_plain_text check (strpos(concat_ws('', subject, issuer, clause, content_hash),
        chr(57344)) = 0)
);
create index signature_case_id_step_at_idx on registry.signature (case_id, step, at);

-- What a request with this key has done: ids, never an answer. Per caller; another body is refused.
create table registry.request_key (
    caller text not null,
    key text not null,
    body text not null,
    act text not null,
    agency_code text not null,
    made jsonb,
    at timestamptz default clock_timestamp() not null,
    constraint request_key_pkey primary key (caller, key),
    constraint request_key_agency_code_fkey foreign key (agency_code) references registry.agency (code),
    constraint request_key_caller_hashed check (caller ~ '^[0-9a-f]{64}$'),
    constraint request_key_key_hashed check (key ~ '^[0-9a-f]{64}$'),
    constraint request_key_body_hashed check (body ~ '^[0-9a-f]{64}$')
);
create index request_key_at_idx on registry.request_key (at);

-- A key is good for thirty days; the service says when to look, not which.
create function registry.forget_keys() returns bigint language sql security definer
    set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from registry.request_key where at < now() - interval '30 days' returning 1)
    select count(*) from gone
$$;
revoke all on function registry.forget_keys() from public;
grant execute on function registry.forget_keys() to saphan_service;

do $$
declare
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    of_case constant text := 'exists (select from registry.case_party w where w.case_id = signature.case_id'
        || ' offset 0)';
    own constant text := 'agency_code = ' || agency;
begin
    alter table registry.signature enable row level security;
    alter table registry.signature force row level security;
    alter table registry.request_key enable row level security;
    alter table registry.request_key force row level security;
    create policy owner on registry.signature to saphan_owner using (true) with check (true);
    create policy owner on registry.request_key to saphan_owner using (true) with check (true);
    execute 'create policy shown on registry.signature for select to saphan_service using (' || of_case || ')';
    execute 'create policy added on registry.signature for insert to saphan_service with check ('
        || of_case || ' and ' || own || ')';
    execute 'create policy shown on registry.request_key for select to saphan_service using (' || own || ')';
    execute 'create policy added on registry.request_key for insert to saphan_service with check ('
        || own || ')';
    execute 'create policy changed on registry.request_key for update to saphan_service using (' || own
        || ') with check (' || own || ')';
end $$;
grant select on registry.signature, registry.request_key to saphan_service;
grant insert (id, case_id, step, side, agency_code, subject, issuer, clause, content_hash)
    on registry.signature to saphan_service;
grant insert (caller, key, body, act, agency_code), update (made) on registry.request_key
    to saphan_service;
create trigger refuse before update or delete or truncate on registry.signature
    for each statement execute function registry.refuse();

do $$
begin
    if current_user <> 'saphan_owner' then
        alter table registry.signature owner to saphan_owner;
        alter table registry.request_key owner to saphan_owner;
        alter function registry.forget_keys() owner to saphan_owner;
    end if;
end $$;
