-- The witnesses that this registry asks to cosign, as its integrator was told: the newest row of a name
-- counts. As schema.tables.tree.

create table ledger.witness (
    seq bigint generated always as identity,
    name text not null,
    vkey text not null,
    active boolean default true not null,
    at timestamptz default clock_timestamp() not null,
    constraint witness_pkey primary key (seq)
);
create trigger refuse before update or delete or truncate on ledger.witness
    for each statement execute function registry.refuse();
alter table ledger.witness owner to saphan_owner;
grant select on ledger.witness to saphan_service, saphan_auditor, saphan_integrator;
grant insert (name, vkey, active) on ledger.witness to saphan_integrator;
