-- Access records and leaves. As schema.tables.ledger.

create table ledger.access_record (
    id uuid not null,
    seq bigint generated always as identity,
    at timestamptz default clock_timestamp() not null,
    kind text not null,
    agency text default '' not null,
    country text default '' not null,
    unit text default '' not null,
    cases text[],
    roles text[] default '{}' not null,
    subject text default '' not null,
    client text default '' not null,
    issuer text default '' not null,
    token_hash text default '' not null,
    purpose text default '' not null,
    operation_name text default '' not null,
    document_hash text default '' not null,
    trace_id text default '' not null,
    outcome text not null,
    protocols text[] default '{}' not null,
    searched text[] default '{}' not null,
    refusals jsonb default '[]' not null,
    withheld jsonb default '[]' not null,
    constraint access_record_pkey primary key (id),
    constraint access_record_kind_listed check (kind in ('ACCESS', 'POLICY', 'CONSENT', 'EXPORT',
        'EMERGENCY')),
    constraint access_record_outcome_listed check (outcome in ('DISCLOSED', 'REFUSED', 'ERROR')),
    constraint access_record_plain_text check (strpos(concat_ws('', agency, country, unit,
        array_to_string(cases, ''), array_to_string(roles, ''), subject, client, issuer, token_hash,
        purpose, operation_name, document_hash, trace_id, array_to_string(protocols, ''),
        array_to_string(searched, ''), refusals::text, withheld::text), chr(57344)) = 0)
);
create index access_record_at_idx on ledger.access_record (at);

create table ledger.access_leaf (
    seq bigint generated always as identity,
    record_id uuid not null,
    pair text not null,
    at timestamptz default clock_timestamp() not null,
    body text,
    records uuid[] default '{}' not null,
    constraint access_leaf_pkey primary key (seq),
    constraint access_leaf_pair_form check (pair = '' or pair ~ '^[A-Z]{2}$' or
        (pair ~ '^[A-Z]{2}-[A-Z]{2}$' and left(pair, 2) < right(pair, 2))),
    constraint access_leaf_record_id_fkey foreign key (record_id) references ledger.access_record
        (id)
);
create index access_leaf_record_id_idx on ledger.access_leaf (record_id);
create index access_leaf_records_idx on ledger.access_leaf using gin (records) with (fastupdate =
    on);

create table ledger.leaf_position (
    seq bigint not null,
    leaf_index bigint not null,
    leaf_hash bytea not null,
    constraint leaf_position_pkey primary key (seq),
    constraint leaf_position_index_natural check (leaf_index >= 0),
    constraint leaf_position_hash_is_sha256 check (octet_length(leaf_hash) = 32),
    constraint leaf_position_seq_fkey foreign key (seq) references ledger.access_leaf (seq),
    constraint leaf_position_leaf_index_key unique (leaf_index)
);
