-- Who may do what. The service reads everything but writes neither history nor policy, and only
-- adds to the ledger. Ids and recorded_at are never its to change: they are not among its columns.

grant usage on schema registry, history, policy, ledger to saphan_service, saphan_auditor;
grant usage on schema ledger to saphan_integrator;
grant select on public.alembic_version to saphan_service, saphan_auditor, saphan_integrator;

grant select on all tables in schema registry, history, policy, ledger to saphan_service;
grant insert on registry.transition, registry.contact_case to saphan_service;
grant insert on ledger.access_record, ledger.access_leaf to saphan_service;

do $$
declare
    named text;
    made text;
    changed text;
begin
    foreach named in array array['victim', 'return_case', 'assignment', 'restriction', 'referral',
        'assessment', 'travel_paper', 'follow_up', 'legal_request', 'bilateral_contact',
        'contact_participant', 'focal_point', 'consent']
    loop
        select string_agg(quote_ident(attname), ', ' order by attnum),
               string_agg(quote_ident(attname), ', ' order by attnum) filter (where attname <> 'id')
            into made, changed
            from pg_attribute
            where attrelid = format('registry.%I', named)::regclass and attnum > 0
            and attgenerated = '' and attname <> 'recorded_at';
        execute format('grant insert (%s) on registry.%I to saphan_service', made, named);
        if named <> 'consent' then
            execute format('grant update (%s) on registry.%I to saphan_service', changed, named);
        end if;
    end loop;
end $$;

grant select on all tables in schema policy, ledger to saphan_auditor;
grant select on registry.country, registry.agency, registry.agency_unit, registry.party,
    registry.agreement, registry.agreement_party, registry.clause to saphan_auditor;

grant select on ledger.access_leaf, ledger.leaf_position to saphan_integrator;
grant insert on ledger.leaf_position to saphan_integrator;

-- Everything belongs to saphan_owner, also where a superuser of the server ran the migration.
do $$
declare
    statement text;
begin
    if current_user = 'saphan_owner' then
        return;
    end if;
    for statement in
        select format('alter schema %I owner to saphan_owner', nspname)
            from pg_namespace where nspname in ('registry', 'history', 'policy', 'ledger')
        union all
        select format('alter %s %I.%I owner to saphan_owner',
                case c.relkind when 'v' then 'view' else 'table' end, n.nspname, c.relname)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where (n.nspname in ('registry', 'history', 'policy', 'ledger') and c.relkind in ('r', 'v'))
            or (n.nspname = 'public' and c.relname = 'alembic_version' and c.relkind = 'r')
        union all
        select format('alter function %I.%I() owner to saphan_owner', n.nspname, p.proname)
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname in ('registry', 'history', 'policy', 'ledger')
            and p.prorettype = 'trigger'::regtype
        union all
        select format('alter type registry.%I owner to saphan_owner', t.typname)
            from pg_type t join pg_namespace n on n.oid = t.typnamespace
            where n.nspname = 'registry' and t.typtype = 'r'
    loop
        execute statement;
    end loop;
end $$;
