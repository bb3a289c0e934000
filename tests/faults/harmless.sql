-- What it may do, and what changes nothing of the ledger, one statement a line.

select nextval('ledger.access_leaf_seq') from generate_series(1, 1000);
select ledger.accesses_of(array[gen_random_uuid()]);
select lo_from_bytea(0, 'x');
create temporary table access_leaf (body text); insert into access_leaf values ('x');
create function pg_temp.keep_leaf() returns integer language sql as 'select 1';
analyze ledger.access_leaf;
notify ledger;
grant all on ledger.access_leaf to public;
revoke all on ledger.access_leaf from saphan_integrator;
vacuum ledger.access_leaf;
set saphan.party = 'LA';
select pg_advisory_lock(1);
insert into ledger.access_leaf (record_id, pair, actor, body, records) select record_id, pair, 'TH', '{}', '{}' from ledger.access_leaf on conflict do nothing;
explain analyze select count(*) from ledger.access_leaf;
select ledger.tile(0, 0, 1), ledger.proof_text(0);
select pg_terminate_backend(pg_backend_pid()) where false;
