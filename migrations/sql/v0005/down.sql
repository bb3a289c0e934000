-- Takes back what the files beside it made, last first. What was erased stays erased: its row says so no
-- more, so a leaf whose content is gone has an empty one, which its hash tells.

drop function ledger.accesses_of(uuid[]);
drop table ledger.witness;
drop view registry.record_type;

alter table ledger.access_leaf rename to leaf_before;
alter table ledger.access_record rename to record_before;
drop index ledger.access_leaf_erased_by_idx, ledger.access_leaf_records_idx, ledger.access_leaf_tx_idx, ledger.access_record_at_idx;
alter table ledger.leaf_before drop constraint access_leaf_pkey;
alter table ledger.record_before drop constraint access_record_pkey;

create table ledger.access_record (
    like ledger.record_before including defaults including constraints,
    seq bigint generated always as identity
);
alter table ledger.access_record add constraint access_record_pkey primary key (id);
create index access_record_at_idx on ledger.access_record (at);
create table ledger.access_leaf (like ledger.leaf_before including constraints including defaults);
alter table ledger.access_leaf
    drop column erased_by,
    alter column seq drop default,
    alter column seq add generated always as identity,
    add constraint access_leaf_pkey primary key (seq),
    add constraint access_leaf_record_id_fkey foreign key (record_id) references ledger.access_record (id);
create index access_leaf_record_id_idx on ledger.access_leaf (record_id);
create index access_leaf_records_idx on ledger.access_leaf using gin (records) with (fastupdate =
    on);
create index access_leaf_tx_idx on ledger.access_leaf (tx);

insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer,
        token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals,
        withheld)
    select id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose,
        operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld
    from ledger.record_before order by id;
insert into ledger.access_leaf (seq, record_id, pair, at, body, records, actor, tx) overriding system value
    select seq, record_id, pair, at, body, records, actor, tx from ledger.leaf_before order by seq;
select setval(pg_get_serial_sequence('ledger.access_leaf', 'seq'),
    (select coalesce(max(seq), 0) + 1 from ledger.access_leaf), false);

alter table ledger.leaf_position disable trigger refuse;
alter table ledger.leaf_position add column seq bigint;
update ledger.leaf_position p set seq = l.seq from ledger.access_leaf l
    where l.record_id = p.record_id and l.pair = p.pair;
alter table ledger.leaf_position
    drop constraint leaf_position_pkey,
    drop column record_id,
    drop column pair,
    alter column seq set not null,
    add constraint leaf_position_pkey primary key (seq),
    add constraint leaf_position_leaf_index_key unique (leaf_index),
    add constraint leaf_position_seq_fkey foreign key (seq) references ledger.access_leaf (seq);
alter table ledger.leaf_position enable trigger refuse;


-- 20_rights, as they stood
do $$
declare
    party constant text := '(select current_setting(''saphan.party'', true))';
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    named text;
begin
    foreach named in array array['ledger.access_record', 'ledger.access_leaf']
    loop
        execute format('alter table %s owner to saphan_owner', named);
        execute format('create trigger refuse before update or delete or truncate on %s'
            ' for each statement execute function registry.refuse()', named);
        execute format('grant select on %s to saphan_service, saphan_auditor', named);
        execute format('alter table %s enable row level security', named);
        execute format('alter table %s force row level security', named);
        execute format('create policy owner on %s to saphan_owner using (true) with check (true)', named);
        execute format('create policy exported on %s for select to saphan_auditor using (true)', named);
    end loop;
    execute 'create policy shown on ledger.access_leaf for select to saphan_service using (actor = ' || party
        || ' or left(pair, 2) = ' || party || ' or right(pair, 2) = ' || party
        || ' or (pair = '''' and ' || agency || ' <> ''''))';
    execute 'create policy shown on ledger.access_record for select to saphan_service using ('
        || 'coalesce(nullif(country, ''''), agency) = ' || party
        || ' or exists (select from ledger.access_leaf l where l.record_id = id offset 0))';
    execute 'create policy added on ledger.access_record for insert to saphan_service with check (agency = '
        || agency || ' and coalesce(nullif(country, ''''), agency) = ' || party || ')';
    execute 'create policy added on ledger.access_leaf for insert to saphan_service with check (actor = '
        || party || ')';
end $$;
create policy sequenced on ledger.access_leaf for select to saphan_integrator using (true);
grant insert (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash,
    purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
    on ledger.access_record to saphan_service;
grant insert (record_id, pair, at, actor, body, records) on ledger.access_leaf to saphan_service;
grant select on ledger.access_leaf to saphan_integrator;

-- its policy looks at the leaves
drop table ledger.record_before;
drop table ledger.leaf_before;
drop sequence ledger.access_leaf_seq;
create view registry.record_type with (security_invoker = true) as
    select id, type from registry.record_index
    union all
    select id, 'AccessRecord' from ledger.access_record;
alter view registry.record_type owner to saphan_owner;
drop function ledger.keep_leaf();
drop function ledger.keep_record();
drop function ledger.add_months(timestamptz, integer);
drop function ledger.close_partition(text);
drop function ledger.id_from(timestamptz);
