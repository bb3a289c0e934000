-- What the role of the service may not even try with the ledger, one statement a line.

-- rows
update ledger.access_leaf set body = '{}';
update ledger.access_leaf set body = null, records = '{}', erased_by = gen_random_uuid();
update ledger.access_record set subject = 'somebody else';
update ledger.leaf_position set leaf_hash = sha256('x');
update ledger.checkpoint set note = 'x';
delete from ledger.access_leaf;
delete from ledger.access_record;
delete from ledger.leaf_position;
delete from ledger.witness;
truncate ledger.access_leaf;
truncate ledger.access_record cascade;
select from ledger.access_leaf for update;
begin; lock table ledger.access_leaf in access exclusive mode;
merge into ledger.access_leaf l using (select) s on true when matched then delete;
insert into ledger.access_leaf (record_id, pair, actor, body) select record_id, pair, actor, '{}' from ledger.access_leaf limit 1 on conflict (record_id, pair) do update set body = excluded.body;

-- partitions by themselves
update ledger.access_leaf_other set body = '{}';
delete from ledger.access_record_other;
create table public.mine partition of ledger.access_leaf for values from ('fffffffe-0000-0000-0000-000000000000') to (maxvalue);
select from ledger.access_leaf_other;
delete from ledger.{month};
drop table ledger.{month};
alter table ledger.access_leaf detach partition ledger.{month};

-- places, proofs, and who vouches for them
insert into ledger.access_leaf (seq, record_id, pair, body) values (1, gen_random_uuid(), '', '{}');
insert into ledger.access_leaf (tx, record_id, pair, body) values ('1', gen_random_uuid(), '', '{}');
insert into ledger.leaf_position (record_id, pair, leaf_index, leaf_hash) values (gen_random_uuid(), '', 100000, sha256('x'));
insert into ledger.checkpoint (size, root, note, settled) values (100000, sha256('x'), 'x', '1');
insert into ledger.cosignature (size, witness, line) values (1, 'x', 'x');
insert into ledger.tile_hash values (1, 100000, sha256('x'));
insert into ledger.witness (name, vkey) values ('x', 'x');

-- structure
drop table ledger.access_leaf;
drop schema ledger cascade;
drop function ledger.keep_leaf() cascade;
alter table ledger.access_leaf drop column body;
alter table ledger.access_leaf disable trigger all;
alter table ledger.access_leaf disable row level security;
alter table ledger.access_leaf no force row level security;
alter table ledger.access_leaf owner to saphan_service;
alter table ledger.access_leaf rename to other;
create trigger mine before insert on ledger.access_leaf for each row execute function suppress_redundant_updates_trigger();
create rule mine as on insert to ledger.access_leaf do instead nothing;
create policy mine on ledger.access_leaf using (true);
drop policy added on ledger.access_leaf;
alter policy added on ledger.access_leaf with check (true);
create index on ledger.access_leaf (actor);
create function ledger.mine() returns integer language sql as 'select 1';
create schema mine;
create table public.mine (a integer);
create extension file_fdw;
create or replace function ledger.accesses_of(wanted uuid[]) returns setof uuid language sql as 'select null::uuid';
alter function ledger.accesses_of(uuid[]) owner to saphan_service;
comment on table ledger.access_leaf is 'x';

-- settings, roles, files
set session_replication_role = replica;
set local session_replication_role = replica;
set role saphan_owner;
set session authorization saphan_owner;
alter role saphan_service bypassrls;
alter role saphan_service superuser;
grant saphan_owner to saphan_service;
alter database {database} set session_replication_role = replica;
set row_security = off; select from ledger.access_leaf;
copy ledger.access_leaf to '/tmp/ledger';
copy (select 1) to program 'true';
select pg_read_file('postgresql.conf');
select lo_import('/etc/passwd');
select lo_export(0, '/tmp/x');
alter system set fsync = off;
select setval('ledger.access_leaf_seq', 1);
alter sequence ledger.access_leaf_seq restart;
drop sequence ledger.access_leaf_seq cascade;
select ledger.add_months(clock_timestamp(), 100);
select ledger.close_partition('access_leaf_other');
reassign owned by saphan_owner to saphan_service;
drop owned by saphan_owner;
drop owned by saphan_service;
