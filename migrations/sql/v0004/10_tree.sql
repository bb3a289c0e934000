-- The tree over the leaves (RFC 6962) as C2SP tlog-tiles and tlog-checkpoint serve it. As
-- schema.tables.tree. Level 0 of the tiles is ledger.leaf_position itself; a row of ledger.tile_hash
-- is the hash of one full tile below. Every row is written once: a partial tile is the rows that are
-- there. Positions, hashes and the checkpoint over them are one transaction.

-- The transaction that wrote a leaf. Below the oldest transaction still under way no leaf will come
-- any more: what the integrator has to look through ends there, whatever sequence numbers say.
alter table ledger.access_leaf disable trigger refuse;
alter table ledger.access_leaf add column tx xid8 default '0' not null;
alter table ledger.access_leaf alter column tx set default pg_current_xact_id();
alter table ledger.access_leaf enable trigger refuse;
create index access_leaf_tx_idx on ledger.access_leaf (tx);

create table ledger.tile_hash (
    level integer not null,
    index bigint not null,
    hash bytea not null,
    constraint tile_hash_pkey primary key (level, index),
    constraint tile_hash_level_above_leaves check (level between 1 and 63),
    constraint tile_hash_index_natural check (index >= 0),
    constraint tile_hash_hash_is_sha256 check (octet_length(hash) = 32)
);

create table ledger.checkpoint (
    size bigint not null,
    root bytea not null,
    note text not null,
    settled xid8 not null,
    at timestamptz default clock_timestamp() not null,
    constraint checkpoint_pkey primary key (size),
    constraint checkpoint_size_natural check (size >= 0),
    constraint checkpoint_root_is_sha256 check (octet_length(root) = 32)
);

create table ledger.cosignature (
    size bigint not null,
    witness text not null,
    line text not null,
    at timestamptz default clock_timestamp() not null,
    constraint cosignature_pkey primary key (size, witness),
    constraint cosignature_size_fkey foreign key (size) references ledger.checkpoint (size)
);

do $$
declare
    named text;
begin
    foreach named in array array['ledger.tile_hash', 'ledger.checkpoint', 'ledger.cosignature']
    loop
        execute format('create trigger refuse before update or delete or truncate on %s'
            ' for each statement execute function registry.refuse()', named);
        execute format('alter table %s owner to saphan_owner', named);
        execute format('grant select on %s to saphan_service, saphan_auditor, saphan_integrator', named);
        execute format('grant insert on %s to saphan_integrator', named);
    end loop;
end $$;
revoke insert on ledger.checkpoint, ledger.cosignature from saphan_integrator;
grant insert (size, root, note, settled) on ledger.checkpoint to saphan_integrator;
grant insert (size, witness, line) on ledger.cosignature to saphan_integrator;
