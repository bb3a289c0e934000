-- Directory: countries, agencies, agreements, focal points, contacts. As schema.tables.directory.

create table registry.agreement (
    id uuid not null,
    code text not null,
    title text not null,
    kind text not null,
    state text not null,
    signed_on date,
    in_force_from date,
    until_on date,
    supersedes_code text,
    source text,
    verified boolean default false not null,
    published boolean default false not null,
    constraint agreement_pkey primary key (id),
    constraint agreement_supersedes_another check (supersedes_code <> code),
    constraint agreement_period check (until_on >= in_force_from),
    constraint agreement_code_key unique (code),
    constraint agreement_supersedes_code_fkey foreign key (supersedes_code) references
        registry.agreement (code),
    constraint agreement_kind_listed check (kind in ('MOU', 'AGREEMENT', 'CONVENTION', 'SOP',
        'ACTION_PLAN', 'PROJECT_MOU', 'LAW')),
    constraint agreement_state_listed check (state in ('DRAFT', 'SIGNED', 'IN_FORCE', 'SUPERSEDED',
        'ENDED')),
    constraint agreement_plain_text check (strpos(concat_ws('', code, title, source), chr(57344)) =
        0)
);

create table registry.country (
    code text not null constraint country_code_form check (code ~ '^[A-Z]{2}$'),
    name text not null,
    has_seat boolean default false not null,
    constraint country_pkey primary key (code),
    constraint country_plain_text check (strpos(concat_ws('', code, name), chr(57344)) = 0)
);

create table registry.party (
    code text not null,
    constraint party_pkey primary key (code),
    constraint party_plain_text check (strpos(concat_ws('', code), chr(57344)) = 0)
);

create table registry.record_index (
    id uuid not null,
    type text not null,
    constraint record_index_pkey primary key (id),
    constraint record_index_type_listed check (type in ('Victim', 'ReturnCase', 'Transition',
        'Consent', 'Referral', 'Assessment', 'TravelPaper', 'FollowUp', 'LegalRequest', 'Agreement',
        'Clause', 'FocalPoint', 'BilateralContact', 'Agency', 'AccessRecord'))
);

create table registry.state_edge (
    number smallint not null,
    source text,
    target text,
    unseated_host boolean default false not null,
    constraint state_edge_source_target_key unique (source, target),
    constraint state_edge_source_listed check (source in ('SCREENED', 'IDENTIFIED', 'NOTIFIED',
        'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY',
        'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING', 'FOLLOW_UP', 'CLOSED', 'NOT_A_VICTIM',
        'ON_HOLD', 'ALTERNATIVE', 'CANCELLED')),
    constraint state_edge_target_listed check (target in ('SCREENED', 'IDENTIFIED', 'NOTIFIED',
        'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY',
        'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING', 'FOLLOW_UP', 'CLOSED', 'NOT_A_VICTIM',
        'ON_HOLD', 'ALTERNATIVE', 'CANCELLED'))
);

create table registry.agency (
    id uuid not null,
    code text not null,
    name text not null,
    name_native text,
    country text,
    organisation_type text,
    constraint agency_pkey primary key (id),
    constraint agency_code_form check (code ~ '^[A-Z]{2,4}(-[A-Z0-9]+)+$'),
    constraint agency_code_key unique (code),
    constraint agency_country_fkey foreign key (country) references registry.country (code),
    constraint agency_organisation_type_listed check (organisation_type in ('NGO', 'LawEnforcement',
        'HealthServiceOrganisation', 'CentralGovernmentOrganisation', 'LocalGovernmentOrganisation',
        'ImmigrationService', 'LegalService', 'CorporateBusiness', 'SchoolOrCollege')),
    constraint agency_plain_text check (strpos(concat_ws('', code, name, name_native), chr(57344)) =
        0)
);

create table registry.agreement_party (
    agreement_code text not null,
    party text not null,
    constraint agreement_party_pkey primary key (agreement_code, party),
    constraint agreement_party_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code),
    constraint agreement_party_party_fkey foreign key (party) references registry.party (code)
);
create index agreement_party_party_idx on registry.agreement_party (party);

create table registry.bilateral_contact (
    id uuid not null,
    kind text not null,
    title text not null,
    agreement_code text,
    starts_on date not null,
    ends_on date,
    place text,
    hosts text[] default '{}' not null,
    countries text[] default '{}' not null,
    funder text,
    agenda text,
    decisions text,
    minutes text,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint bilateral_contact_pkey primary key (id),
    constraint bilateral_contact_period check (ends_on >= starts_on),
    constraint bilateral_contact_countries_form check (countries = '{}' or
        (array_position(countries, null) is null and array_to_string(countries, ',') ~
        '^[A-Z]{2}(,[A-Z]{2})*$')),
    constraint bilateral_contact_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code),
    constraint bilateral_contact_kind_listed check (kind in ('CASE_MANAGEMENT', 'TECHNICAL',
        'SENIOR_OFFICIALS', 'MINISTERIAL', 'STUDY_VISIT', 'CASE_WORKER_VISIT', 'WORKSHOP',
        'TRAINING', 'CAMPAIGN')),
    constraint bilateral_contact_plain_text check (strpos(concat_ws('', title, place,
        array_to_string(hosts, ''), array_to_string(countries, ''), funder, agenda, decisions,
        minutes), chr(57344)) = 0)
);
create index bilateral_contact_agreement_code_id_idx on registry.bilateral_contact (agreement_code,
    id);
create index bilateral_contact_starts_on_id_idx on registry.bilateral_contact (starts_on desc, id);

create table registry.clause (
    id uuid not null,
    agreement_code text not null,
    article text not null,
    subject text not null,
    purposes text[] default '{}' not null,
    verified boolean default false not null,
    constraint clause_pkey primary key (id),
    constraint clause_agreement_code_article_key unique (agreement_code, article),
    constraint clause_agreement_code_fkey foreign key (agreement_code) references registry.agreement
        (code),
    constraint clause_plain_text check (strpos(concat_ws('', article, subject,
        array_to_string(purposes, '')), chr(57344)) = 0)
);
create index clause_agreement_code_id_idx on registry.clause (agreement_code, id);

create table registry.time_limit (
    agreement_code text not null,
    edge integer not null,
    days integer not null,
    constraint time_limit_pkey primary key (agreement_code, edge),
    constraint time_limit_edge_known check (edge between 1 and 14),
    constraint time_limit_days_positive check (days > 0),
    constraint time_limit_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code)
);

create table registry.agency_unit (
    agency_code text not null,
    code text not null,
    name text not null,
    kind text not null,
    constraint agency_unit_pkey primary key (agency_code, code),
    constraint agency_unit_agency_code_fkey foreign key (agency_code) references registry.agency
        (code),
    constraint agency_unit_kind_listed check (kind in ('PROVINCE', 'SHELTER', 'CENTRE')),
    constraint agency_unit_plain_text check (strpos(concat_ws('', code, name), chr(57344)) = 0)
);

create table registry.contact_participant (
    contact_id uuid not null,
    agency_code text not null,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint contact_participant_pkey primary key (contact_id, agency_code),
    constraint contact_participant_contact_id_fkey foreign key (contact_id) references
        registry.bilateral_contact (id),
    constraint contact_participant_agency_code_fkey foreign key (agency_code) references
        registry.agency (code)
);
create index contact_participant_agency_code_contact_id_idx on registry.contact_participant
    (agency_code, contact_id);

create table registry.focal_point (
    id uuid not null,
    agency_code text not null,
    agreement_code text,
    person text not null,
    title text,
    phone text,
    email text,
    private_phone text,
    corridors text[] default '{}' not null,
    since_on date not null,
    until_on date,
    constraint focal_point_pkey primary key (id),
    constraint focal_point_period check (until_on > since_on),
    constraint focal_point_period_excl exclude using gist (registry.textrange(agency_code || chr(31)
        || coalesce(agreement_code, '') || chr(31) || person, agency_code || chr(31) ||
        coalesce(agreement_code, '') || chr(31) || person, '[]') with &&, daterange(since_on,
        until_on) with &&),
    constraint focal_point_agency_code_fkey foreign key (agency_code) references registry.agency
        (code),
    constraint focal_point_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code),
    constraint focal_point_plain_text check (strpos(concat_ws('', person, title, phone, email,
        private_phone, array_to_string(corridors, '')), chr(57344)) = 0)
);
create index focal_point_agency_code_id_idx on registry.focal_point (agency_code, id);
create index focal_point_agreement_code_id_idx on registry.focal_point (agreement_code, id);
