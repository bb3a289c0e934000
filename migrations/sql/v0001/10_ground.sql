-- Roles, schemas and the two range types with which exclusion constraints compare for equality:
-- core PostgreSQL has no gist operator class for uuid and text.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['saphan_owner', 'saphan_service', 'saphan_auditor', 'saphan_integrator']
    loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I login', wanted);
            exception when duplicate_object or unique_violation then
                -- Roles belong to the whole server: another database's migration was faster.
                null;
            end;
        end if;
    end loop;
end $$;

create schema registry;
create schema history;
create schema policy;
create schema ledger;

create type registry.uuidrange as range (subtype = uuid);
create type registry.textrange as range (subtype = text, collation = "C");
