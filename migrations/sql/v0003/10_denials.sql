-- The deny list. As schema.tables.denials.

create table policy.denial (
    id uuid not null,
    kind text not null,
    issuer text not null,
    value text not null,
    from_at timestamptz default clock_timestamp() not null,
    until_at timestamptz,
    reason text not null,
    agency_code text not null,
    subject text not null,
    at timestamptz default clock_timestamp() not null,
    constraint denial_pkey primary key (id),
    constraint denial_period check (until_at > from_at),
    constraint denial_names_something check (issuer <> '' and value <> ''),
    constraint denial_token_hashed check (kind <> 'TOKEN' or value ~ '^[0-9a-f]{64}$'),
    constraint denial_reason_said check (length(reason) between 3 and 500),
    constraint denial_agency_code_fkey foreign key (agency_code) references registry.agency (code),
    constraint denial_kind_listed check (kind in ('TOKEN', 'SUBJECT', 'CLIENT', 'KEY')),
    constraint denial_plain_text check (strpos(concat_ws('', issuer, value, reason, subject),
        chr(57344)) = 0)
);

create table policy.denial_removal (
    denial_id uuid not null,
    reason text not null,
    agency_code text not null,
    subject text not null,
    at timestamptz default clock_timestamp() not null,
    constraint denial_removal_pkey primary key (denial_id),
    constraint denial_removal_reason_said check (length(reason) between 3 and 500),
    constraint denial_removal_denial_id_fkey foreign key (denial_id) references policy.denial (id),
    constraint denial_removal_agency_code_fkey foreign key (agency_code) references registry.agency
        (code),
    constraint denial_removal_plain_text check (strpos(concat_ws('', reason, subject), chr(57344)) = 0)
);

-- Rows are only added: a process that counts them sees every change, and a restored list cannot hide
-- that somebody had been on it.
create trigger refuse before update or delete or truncate on policy.denial
    for each statement execute function registry.refuse();
create trigger refuse before update or delete or truncate on policy.denial_removal
    for each statement execute function registry.refuse();

-- The service needs what an entry names, not why, nor who said so.
grant select (id, kind, issuer, value, from_at, until_at) on policy.denial to saphan_service;
grant select (denial_id) on policy.denial_removal to saphan_service;
grant select on policy.denial, policy.denial_removal to saphan_auditor;

do $$
begin
    if current_user <> 'saphan_owner' then
        alter table policy.denial owner to saphan_owner;
        alter table policy.denial_removal owner to saphan_owner;
    end if;
end $$;
