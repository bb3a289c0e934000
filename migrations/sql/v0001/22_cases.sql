-- Return cases and their parts. As schema.tables.cases and .parts.

create table registry.restriction (
    id uuid not null,
    record_id uuid not null,
    data_class text,
    recipient text,
    set_by text not null,
    from_at timestamptz not null,
    until_at timestamptz,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint restriction_pkey primary key (id),
    constraint restriction_period check (until_at > from_at),
    constraint restriction_record_id_fkey foreign key (record_id) references registry.record_index
        (id),
    constraint restriction_recipient_fkey foreign key (recipient) references registry.party (code),
    constraint restriction_set_by_fkey foreign key (set_by) references registry.agency (code),
    constraint restriction_data_class_listed check (data_class in ('SHELL', 'PERSON', 'IDENTITY',
        'PHOTO', 'FAMILY', 'EXPLOITATION', 'EXPLOITATION_DETAIL', 'NARRATIVE', 'CARE', 'MEDICAL',
        'SHELTER', 'HANDOVER', 'REFERRAL', 'REFERRAL_TEXT', 'BEST_INTERESTS', 'LEGAL', 'LEGAL_HOLD',
        'ASSESSMENT', 'ASSESSMENT_OUTCOME', 'TRAVEL', 'REINTEGRATION', 'FEEDBACK', 'CONSENT',
        'AGREEMENT', 'CLAUSE', 'CONTACT', 'CONTACT_PRIVATE', 'MINUTES', 'ACCESS'))
);
create index restriction_record_id_idx on registry.restriction (record_id);

create table registry.return_case (
    id uuid not null,
    victim_id uuid not null,
    agreement_code text,
    host text not null,
    origin text not null,
    state text not null,
    main_rank smallint not null,
    state_since timestamptz not null,
    notified_at timestamptz,
    handed_over_at timestamptz,
    not_a_national boolean default false not null,
    planned_handover_on date,
    holder text not null,
    case_worker text,
    outcome text,
    closing_reason text,
    opened_on date default current_date not null,
    shelter_name text,
    shelter_place text,
    handover_place text,
    handover_at timestamptz,
    best_interests_decision text,
    proceedings text,
    compensation_claim text,
    legal_hold boolean default false not null,
    reintegration_plan text,
    feedback_code text,
    feedback_on date,
    remarks text,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint return_case_pkey primary key (id),
    constraint return_case_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint return_case_crosses_a_border check (host <> origin),
    constraint return_case_rank_fits_state check ((state in ('SCREENED', 'NOT_A_VICTIM') and
        main_rank between 1 and 1) or (state in ('IDENTIFIED') and main_rank between 2 and 2) or
        (state in ('NOTIFIED') and main_rank between 3 and 3) or (state in ('TRACING_REQUESTED') and
        main_rank between 4 and 4) or (state in ('TRACING') and main_rank between 5 and 5) or (state
        in ('ASSESSED') and main_rank between 6 and 6) or (state in ('RETURN_PLANNED') and main_rank
        between 7 and 7) or (state in ('DOCUMENTS_READY') and main_rank between 8 and 8) or (state
        in ('HANDED_OVER') and main_rank between 9 and 9) or (state in ('IN_RECEPTION') and
        main_rank between 10 and 10) or (state in ('REINTEGRATING') and main_rank between 11 and 11)
        or (state in ('FOLLOW_UP') and main_rank between 12 and 12) or (state in ('CLOSED') and
        main_rank between 13 and 13) or (state in ('ALTERNATIVE', 'CANCELLED', 'ON_HOLD') and
        main_rank between 1 and 8)),
    constraint return_case_notified_in_time check (notified_at is null or main_rank >= 3),
    constraint return_case_handed_over_in_time check (handed_over_at is null or main_rank >= 9),
    constraint return_case_outcome_form check (outcome ~ '^[A-Za-z][A-Za-z_]{0,59}$'),
    constraint return_case_feedback_code_form check (feedback_code ~ '^[A-Za-z][A-Za-z_]{0,59}$'),
    constraint return_case_victim_id_fkey foreign key (victim_id) references registry.victim (id),
    constraint return_case_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code),
    constraint return_case_host_fkey foreign key (host) references registry.country (code),
    constraint return_case_origin_fkey foreign key (origin) references registry.country (code),
    constraint return_case_holder_fkey foreign key (holder) references registry.agency (code),
    constraint return_case_state_listed check (state in ('SCREENED', 'IDENTIFIED', 'NOTIFIED',
        'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY',
        'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING', 'FOLLOW_UP', 'CLOSED', 'NOT_A_VICTIM',
        'ON_HOLD', 'ALTERNATIVE', 'CANCELLED')),
    constraint return_case_closing_reason_listed check (closing_reason in ('REINTEGRATED',
        'DECLINED_SERVICES', 'LOST_CONTACT', 'RE_TRAFFICKED', 'STAYED_IN_HOST', 'THIRD_COUNTRY',
        'DECEASED', 'DUPLICATE')),
    constraint return_case_handover_place_listed check (handover_place in ('ARANYAPRATHET_POIPET',
        'NONGKHAI_FRIENDSHIP_BRIDGE_1', 'MUKDAHAN_SAVANNAKHET', 'UBON_VANGTAO', 'MAESOT_MYAWADDY',
        'AIRPORT')),
    constraint return_case_plain_text check (strpos(concat_ws('', case_worker, outcome,
        shelter_name, shelter_place, best_interests_decision, proceedings, compensation_claim,
        reintegration_plan, feedback_code, remarks), chr(57344)) = 0)
);
create index return_case_agreement_code_id_idx on registry.return_case (agreement_code, id);
create index return_case_holder_idx on registry.return_case (holder);
create index return_case_host_origin_idx on registry.return_case (host, origin);
create index return_case_state_since_id_idx on registry.return_case (state_since desc, id);
create index return_case_victim_id_idx on registry.return_case (victim_id);

create table registry.assessment (
    id uuid not null,
    case_id uuid not null,
    report text,
    family_willing boolean,
    risk text,
    outcome text,
    risk_flag boolean,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint assessment_pkey primary key (id),
    constraint assessment_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint assessment_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint assessment_outcome_listed check (outcome in ('SUITABLE', 'SUITABLE_WITH_SUPPORT',
        'UNSUITABLE', 'FAMILY_NOT_FOUND', 'NOT_A_NATIONAL', 'FAMILY_REFUSES')),
    constraint assessment_plain_text check (strpos(concat_ws('', report, risk), chr(57344)) = 0)
);
create index assessment_case_id_id_idx on registry.assessment (case_id, id);

create table registry.assignment (
    id uuid not null,
    case_id uuid not null,
    agency_code text not null,
    unit text,
    from_at timestamptz not null,
    until_at timestamptz,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint assignment_pkey primary key (id),
    constraint assignment_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint assignment_period check (until_at > from_at),
    constraint assignment_period_excl exclude using gist (registry.uuidrange(case_id, case_id, '[]')
        with &&, registry.textrange(agency_code || '/' || coalesce(unit, ''), agency_code || '/' ||
        coalesce(unit, ''), '[]') with &&, tstzrange(from_at, until_at) with &&),
    constraint assignment_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint assignment_agency_code_fkey foreign key (agency_code) references registry.agency
        (code),
    constraint assignment_plain_text check (strpos(concat_ws('', unit), chr(57344)) = 0)
);
create index assignment_case_id_id_idx on registry.assignment (case_id, id);

create table registry.consent (
    id uuid not null,
    case_id uuid not null,
    purpose text not null,
    state text not null,
    recipients text[] default '{}' not null,
    stated_at timestamptz not null,
    recorded_at timestamptz default clock_timestamp() not null,
    given_by text,
    guardian text,
    assent boolean,
    form_id text,
    constraint consent_pkey primary key (id),
    constraint consent_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint consent_stated_before_recorded check (stated_at <= recorded_at),
    constraint consent_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint consent_purpose_listed check (purpose in ('NOTIFICATION', 'TRACING', 'RETURN',
        'SERVICES', 'PROSECUTION', 'FEEDBACK', 'PHOTO', 'RESEARCH')),
    constraint consent_state_listed check (state in ('GIVEN', 'REFUSED', 'WITHDRAWN', 'NOT_ASKED')),
    constraint consent_given_by_listed check (given_by in ('SELF', 'SELF_WITH_GUARDIAN', 'GUARDIAN',
        'COURT')),
    constraint consent_plain_text check (strpos(concat_ws('', array_to_string(recipients, ''),
        guardian, form_id), chr(57344)) = 0)
);
create index consent_case_id_id_idx on registry.consent (case_id, id);
create index consent_case_id_purpose_idx on registry.consent (case_id, purpose);

create table registry.contact_case (
    contact_id uuid not null,
    case_id uuid not null,
    constraint contact_case_pkey primary key (contact_id, case_id),
    constraint contact_case_contact_id_fkey foreign key (contact_id) references
        registry.bilateral_contact (id),
    constraint contact_case_case_id_fkey foreign key (case_id) references registry.return_case (id)
);
create index contact_case_case_id_contact_id_idx on registry.contact_case (case_id, contact_id);

create table registry.follow_up (
    id uuid not null,
    case_id uuid not null,
    visited_on date,
    month integer,
    notes text,
    support_types text[],
    feedback_code text,
    feedback_on date,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint follow_up_pkey primary key (id),
    constraint follow_up_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint follow_up_month_after_return check (month between 0 and 120),
    constraint follow_up_feedback_code_form check (feedback_code ~ '^[A-Za-z][A-Za-z_]{0,59}$'),
    constraint follow_up_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint follow_up_support_types_listed check (support_types <@ array['Education',
        'Financial', 'Health', 'LabourExploitationRehabilitation', 'Legal', 'Livelihood',
        'RightsBasedTraining', 'SexualExploitationRehabilitation', 'SocialCare']),
    constraint follow_up_plain_text check (strpos(concat_ws('', notes, feedback_code), chr(57344)) =
        0)
);
create index follow_up_case_id_id_idx on registry.follow_up (case_id, id);

create table registry.legal_request (
    id uuid not null,
    case_id uuid not null,
    agency_code text not null,
    number text,
    subject text,
    received_on date not null,
    expires_on date,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint legal_request_pkey primary key (id),
    constraint legal_request_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint legal_request_number_said check (number <> ''),
    constraint legal_request_period check (expires_on >= received_on),
    constraint legal_request_case_id_fkey foreign key (case_id) references registry.return_case
        (id),
    constraint legal_request_agency_code_fkey foreign key (agency_code) references registry.agency
        (code),
    constraint legal_request_plain_text check (strpos(concat_ws('', number, subject), chr(57344)) =
        0)
);
create index legal_request_case_id_id_idx on registry.legal_request (case_id, id);

create table registry.referral (
    id uuid not null,
    case_id uuid not null,
    from_agency text not null,
    to_agency text not null,
    reason text,
    state text not null,
    case_owner text,
    details text,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint referral_pkey primary key (id),
    constraint referral_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint referral_to_another check (from_agency <> to_agency),
    constraint referral_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint referral_from_agency_fkey foreign key (from_agency) references registry.agency
        (code),
    constraint referral_to_agency_fkey foreign key (to_agency) references registry.agency (code),
    constraint referral_reason_listed check (reason in ('AdditionalServicesRequired',
        'MigrationOrChangeOfLocation', 'Other')),
    constraint referral_state_listed check (state in ('OPEN', 'ACCEPTED', 'DECLINED', 'ENDED')),
    constraint referral_plain_text check (strpos(concat_ws('', case_owner, details), chr(57344)) =
        0)
);
create index referral_case_id_id_idx on registry.referral (case_id, id);

create table registry.transition (
    id uuid not null,
    case_id uuid not null,
    state text not null,
    at timestamptz not null,
    clause text,
    from_state text,
    actor_agency text not null,
    constraint transition_pkey primary key (id),
    constraint transition_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint transition_case_id_at_key unique (case_id, at),
    constraint transition_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint transition_actor_agency_fkey foreign key (actor_agency) references registry.agency
        (code),
    constraint transition_state_listed check (state in ('SCREENED', 'IDENTIFIED', 'NOTIFIED',
        'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY',
        'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING', 'FOLLOW_UP', 'CLOSED', 'NOT_A_VICTIM',
        'ON_HOLD', 'ALTERNATIVE', 'CANCELLED')),
    constraint transition_from_state_listed check (from_state in ('SCREENED', 'IDENTIFIED',
        'NOTIFIED', 'TRACING_REQUESTED', 'TRACING', 'ASSESSED', 'RETURN_PLANNED', 'DOCUMENTS_READY',
        'HANDED_OVER', 'IN_RECEPTION', 'REINTEGRATING', 'FOLLOW_UP', 'CLOSED', 'NOT_A_VICTIM',
        'ON_HOLD', 'ALTERNATIVE', 'CANCELLED')),
    constraint transition_plain_text check (strpos(concat_ws('', clause), chr(57344)) = 0)
);
create index transition_case_id_id_idx on registry.transition (case_id, id);

create table registry.travel_paper (
    id uuid not null,
    case_id uuid not null,
    travel_document text,
    exit_permit text,
    escort text,
    transport text,
    recorded_at timestamptz default clock_timestamp() not null,
    constraint travel_paper_pkey primary key (id),
    constraint travel_paper_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint travel_paper_case_id_fkey foreign key (case_id) references registry.return_case (id),
    constraint travel_paper_plain_text check (strpos(concat_ws('', travel_document, exit_permit,
        escort, transport), chr(57344)) = 0)
);
create index travel_paper_case_id_id_idx on registry.travel_paper (case_id, id);
