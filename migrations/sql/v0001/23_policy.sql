-- Protocol versions and ratifications. As schema.tables.policy.

create table policy.version (
    single boolean default true not null,
    number bigint not null,
    constraint version_pkey primary key (single),
    constraint version_only_row check (single)
);

create table policy.protocol_version (
    id uuid not null,
    agreement_code text not null,
    version integer not null,
    content text not null,
    content_hash text not null,
    proposed_by_agency text not null,
    proposed_by_subject text not null,
    proposed_at timestamptz default clock_timestamp() not null,
    in_force_from timestamptz,
    until timestamptz,
    constraint protocol_version_pkey primary key (id),
    constraint protocol_version_agreement_code_version_key unique (agreement_code, version),
    constraint protocol_version_version_positive check (version >= 1),
    constraint protocol_version_period check (until > in_force_from),
    constraint protocol_version_agreement_code_fkey foreign key (agreement_code) references
        registry.agreement (code),
    constraint protocol_version_proposed_by_agency_fkey foreign key (proposed_by_agency) references
        registry.agency (code),
    constraint protocol_version_plain_text check (strpos(concat_ws('', content, content_hash,
        proposed_by_subject), chr(57344)) = 0)
);

create table policy.ratification (
    version_id uuid not null,
    party text not null,
    agency text not null,
    subject text not null,
    at timestamptz default clock_timestamp() not null,
    kind text not null,
    constraint ratification_pkey primary key (version_id, party),
    constraint ratification_version_id_fkey foreign key (version_id) references
        policy.protocol_version (id),
    constraint ratification_party_fkey foreign key (party) references registry.party (code),
    constraint ratification_agency_fkey foreign key (agency) references registry.agency (code),
    constraint ratification_kind_listed check (kind in ('RATIFIED', 'BOUND_BY_SIGNATURE')),
    constraint ratification_plain_text check (strpos(concat_ws('', subject), chr(57344)) = 0)
);
create unique index ratification_agency_once on policy.ratification (version_id, agency) where kind
    = 'RATIFIED';
create unique index ratification_subject_once on policy.ratification (version_id, subject) where
    kind = 'RATIFIED';
