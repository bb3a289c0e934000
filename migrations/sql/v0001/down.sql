-- Everything that the upgrade made, the roles excepted: they belong to the server, not the database.

drop schema ledger cascade;
drop schema policy cascade;
drop schema history cascade;
drop schema registry cascade;
revoke select on public.alembic_version from saphan_service, saphan_auditor, saphan_integrator;
