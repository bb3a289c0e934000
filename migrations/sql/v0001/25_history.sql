-- Superseded row versions. As schema.tables.history.

create table history.assessment (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    report text,
    family_willing boolean,
    risk text,
    outcome text,
    risk_flag boolean,
    recorded_at timestamptz,
    constraint assessment_period check (recorded_to > recorded_from)
);
create index assessment_case_id_recorded_from_idx on history.assessment (case_id, recorded_from);
create index assessment_id_recorded_from_idx on history.assessment (id, recorded_from);

create table history.assignment (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    agency_code text,
    unit text,
    from_at timestamptz,
    until_at timestamptz,
    recorded_at timestamptz,
    constraint assignment_period check (recorded_to > recorded_from)
);
create index assignment_case_id_recorded_from_idx on history.assignment (case_id, recorded_from);
create index assignment_id_recorded_from_idx on history.assignment (id, recorded_from);

create table history.bilateral_contact (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    kind text,
    title text,
    agreement_code text,
    starts_on date,
    ends_on date,
    place text,
    hosts text[],
    countries text[],
    funder text,
    agenda text,
    decisions text,
    minutes text,
    recorded_at timestamptz,
    constraint bilateral_contact_period check (recorded_to > recorded_from)
);
create index bilateral_contact_id_recorded_from_idx on history.bilateral_contact (id,
    recorded_from);

create table history.contact_participant (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    contact_id uuid,
    agency_code text,
    recorded_at timestamptz,
    constraint contact_participant_period check (recorded_to > recorded_from)
);
create index contact_participant_contact_id_recorded_from_idx on history.contact_participant
    (contact_id, recorded_from);

create table history.follow_up (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    visited_on date,
    month integer,
    notes text,
    support_types text[],
    feedback_code text,
    feedback_on date,
    recorded_at timestamptz,
    constraint follow_up_period check (recorded_to > recorded_from)
);
create index follow_up_case_id_recorded_from_idx on history.follow_up (case_id, recorded_from);
create index follow_up_id_recorded_from_idx on history.follow_up (id, recorded_from);

create table history.legal_request (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    agency_code text,
    number text,
    subject text,
    received_on date,
    expires_on date,
    recorded_at timestamptz,
    constraint legal_request_period check (recorded_to > recorded_from)
);
create index legal_request_case_id_recorded_from_idx on history.legal_request (case_id,
    recorded_from);
create index legal_request_id_recorded_from_idx on history.legal_request (id, recorded_from);

create table history.referral (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    from_agency text,
    to_agency text,
    reason text,
    state text,
    case_owner text,
    details text,
    recorded_at timestamptz,
    constraint referral_period check (recorded_to > recorded_from)
);
create index referral_case_id_recorded_from_idx on history.referral (case_id, recorded_from);
create index referral_id_recorded_from_idx on history.referral (id, recorded_from);

create table history.restriction (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    record_id uuid,
    data_class text,
    recipient text,
    set_by text,
    from_at timestamptz,
    until_at timestamptz,
    recorded_at timestamptz,
    constraint restriction_period check (recorded_to > recorded_from)
);
create index restriction_id_recorded_from_idx on history.restriction (id, recorded_from);
create index restriction_record_id_recorded_from_idx on history.restriction (record_id,
    recorded_from);

create table history.return_case (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    victim_id uuid,
    agreement_code text,
    host text,
    origin text,
    state text,
    main_rank smallint,
    state_since timestamptz,
    notified_at timestamptz,
    handed_over_at timestamptz,
    not_a_national boolean,
    planned_handover_on date,
    holder text,
    case_worker text,
    outcome text,
    closing_reason text,
    opened_on date,
    shelter_name text,
    shelter_place text,
    handover_place text,
    handover_at timestamptz,
    best_interests_decision text,
    proceedings text,
    compensation_claim text,
    legal_hold boolean,
    reintegration_plan text,
    feedback_code text,
    feedback_on date,
    remarks text,
    recorded_at timestamptz,
    constraint return_case_period check (recorded_to > recorded_from)
);
create index return_case_id_recorded_from_idx on history.return_case (id, recorded_from);

create table history.travel_paper (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    case_id uuid,
    travel_document text,
    exit_permit text,
    escort text,
    transport text,
    recorded_at timestamptz,
    constraint travel_paper_period check (recorded_to > recorded_from)
);
create index travel_paper_case_id_recorded_from_idx on history.travel_paper (case_id,
    recorded_from);
create index travel_paper_id_recorded_from_idx on history.travel_paper (id, recorded_from);

create table history.victim (
    recorded_from timestamptz not null,
    recorded_to timestamptz not null,
    id uuid,
    given_name text,
    middle_name text,
    family_name text,
    alias text,
    name_in_script text,
    name_script text,
    birth_date date,
    birth_precision text,
    birth_latest date,
    age_disputed boolean,
    gender text,
    nationalities text[],
    stateless boolean,
    languages text[],
    education text,
    marital_status text,
    children_count integer,
    home_province text,
    home_district text,
    home_village text,
    home_street text,
    phone text,
    email text,
    family_contacts jsonb,
    photo text,
    identity_number text,
    trafficking_status text,
    status_decided_by text,
    exploitation_types text[],
    forced_labour_industry text,
    sex_exploitation_type text[],
    recruitment text[],
    means_of_control text[],
    age_when_trafficked integer,
    relation_to_trafficker text,
    apps text[],
    places jsonb,
    dates jsonb,
    narrative text,
    suspects jsonb,
    care_needs text[],
    diagnosis text,
    psychological_notes text,
    entered_by text,
    recorded_at timestamptz,
    constraint victim_period check (recorded_to > recorded_from)
);
create index victim_id_recorded_from_idx on history.victim (id, recorded_from);
