-- Access records and leaves by month. As schema.tables.ledger.
--
-- The id of a record is a UUID version 7, whose first 48 bits are its milliseconds: a month is a range of
-- ids. So an id stays unique over all months, and a leaf, its record and its place in the tree find each
-- other in one partition. What lies in no month (an id of another kind, a clock far off) is kept in the
-- default partition.

alter table ledger.leaf_position disable trigger refuse;
alter table ledger.leaf_position drop constraint leaf_position_seq_fkey;
alter table ledger.leaf_position add column record_id uuid, add column pair text;
update ledger.leaf_position p set record_id = l.record_id, pair = l.pair
    from ledger.access_leaf l where l.seq = p.seq;
alter table ledger.leaf_position
    drop constraint leaf_position_pkey,
    drop constraint leaf_position_leaf_index_key,
    drop column seq,
    alter column record_id set not null,
    alter column pair set not null,
    add constraint leaf_position_pkey primary key (leaf_index),
    add constraint leaf_position_record_id_pair_key unique (record_id, pair);
alter table ledger.leaf_position enable trigger refuse;

drop view registry.record_type;
alter table ledger.access_leaf rename to leaf_before;
alter table ledger.access_record rename to record_before;
drop index ledger.access_leaf_record_id_idx, ledger.access_leaf_records_idx, ledger.access_leaf_tx_idx,
    ledger.access_record_at_idx;
alter table ledger.leaf_before
    drop constraint access_leaf_record_id_fkey,
    drop constraint access_leaf_pkey,
    alter column seq drop identity;
alter table ledger.record_before drop constraint access_record_pkey;

create table ledger.access_record (
    id uuid not null,
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
) partition by range (id);
create index access_record_at_idx on ledger.access_record (at);

-- PostgreSQL 15 and 16 know no identity on a partitioned table.
create sequence ledger.access_leaf_seq;
create table ledger.access_leaf (
    seq bigint default nextval('ledger.access_leaf_seq'::regclass) not null,
    record_id uuid not null,
    pair text not null,
    at timestamptz default clock_timestamp() not null,
    body text,
    records uuid[] default '{}' not null,
    actor text default '' not null,
    tx xid8 default pg_current_xact_id() not null,
    erased_by uuid,
    constraint access_leaf_pkey primary key (record_id, pair),
    constraint access_leaf_pair_form check (pair = '' or pair ~ '^[A-Z]{2}$' or
        (pair ~ '^[A-Z]{2}-[A-Z]{2}$' and left(pair, 2) < right(pair, 2))),
    constraint access_leaf_body_one_line check (case when body is null then erased_by is not null
        else strpos(body, chr(10)) = 0 end)
) partition by range (record_id);
create index access_leaf_tx_idx on ledger.access_leaf (tx);
create index access_leaf_records_idx on ledger.access_leaf using gin (records) with (fastupdate =
    on);
create index access_leaf_erased_by_idx on ledger.access_leaf (erased_by) where (erased_by is not
    null);

create table ledger.access_record_other partition of ledger.access_record default;
create table ledger.access_leaf_other partition of ledger.access_leaf default;

-- Nobody works on a partition by itself: it has no grants, its wall has no door, and it refuses what the
-- one table refuses.
create function ledger.close_partition(named text) returns void
language plpgsql set search_path = pg_catalog as $$
begin
    execute format('create trigger refuse before delete or truncate on ledger.%I for each statement'
        ' execute function registry.refuse()', named);
    execute format('alter table ledger.%I owner to saphan_owner', named);
    execute format('alter table ledger.%I enable row level security', named);
    execute format('alter table ledger.%I force row level security', named);
    execute format('create policy owner on ledger.%I to saphan_owner using (true) with check (true)', named);
end $$;

-- The smallest UUID version 7 of a moment, and of all that come after it.
create function ledger.id_from(moment timestamptz) returns uuid
language sql immutable parallel safe set search_path = pg_catalog as $$
    select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Partitions for the months from `since` to so many after this one; how many are new. A month of which
-- something lies in the default partition already stays there.
create function ledger.add_months(since timestamptz, ahead integer) returns integer
language plpgsql set search_path = pg_catalog as $$
declare
    month timestamp := date_trunc('month', since at time zone 'UTC');
    low uuid;
    high uuid;
    named text;
    made integer := 0;
    held boolean;
begin
    while month <= date_trunc('month', clock_timestamp() at time zone 'UTC') + make_interval(months => ahead) loop
        low := ledger.id_from(month at time zone 'UTC');
        high := ledger.id_from((month + interval '1 month') at time zone 'UTC');
        named := to_char(month, '"_"YYYY"_"MM');
        select exists (select from ledger.access_record_other o where o.id >= low and o.id < high)
            or exists (select from ledger.access_leaf_other o where o.record_id >= low and o.record_id < high)
            into held;
        if to_regclass('ledger.access_record' || named) is null and not held then
            execute format('create table ledger.%I partition of ledger.access_record for values from (%L) to (%L)',
                'access_record' || named, low, high);
            execute format('create table ledger.%I partition of ledger.access_leaf for values from (%L) to (%L)',
                'access_leaf' || named, low, high);
            perform ledger.close_partition('access_record' || named);
            perform ledger.close_partition('access_leaf' || named);
            made := made + 1;
        end if;
        month := month + interval '1 month';
    end loop;
    return made;
end $$;

alter table ledger.access_record owner to saphan_owner;
alter table ledger.access_leaf owner to saphan_owner;
select ledger.close_partition('access_record_other');
select ledger.close_partition('access_leaf_other');
alter sequence ledger.access_leaf_seq owner to saphan_owner;
alter function ledger.id_from(timestamptz) owner to saphan_owner;
alter function ledger.close_partition(text) owner to saphan_owner;
alter function ledger.add_months(timestamptz, integer) owner to saphan_owner;
revoke execute on function ledger.add_months(timestamptz, integer), ledger.close_partition(text) from public;

-- From the first month of which there is anything on; none is made for a clock that was far off.
select ledger.add_months(greatest(coalesce(
    (select min(at) from ledger.record_before), clock_timestamp()), clock_timestamp() - interval '10 years'), 13);

insert into ledger.access_record (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer,
        token_hash, purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals,
        withheld)
    select id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash, purpose,
        operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld
    from ledger.record_before order by id;
insert into ledger.access_leaf (seq, record_id, pair, at, body, records, actor, tx)
    select seq, record_id, pair, at, body, records, actor, tx from ledger.leaf_before order by seq;
select setval('ledger.access_leaf_seq', (select coalesce(max(seq), 0) + 1 from ledger.access_leaf), false);
-- its policy looks at the leaves
drop table ledger.record_before;
drop table ledger.leaf_before;

create view registry.record_type with (security_invoker = true) as
    select id, type from registry.record_index
    union all
    select id, 'AccessRecord' from ledger.access_record;
alter view registry.record_type owner to saphan_owner;
