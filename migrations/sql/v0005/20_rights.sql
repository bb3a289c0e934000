-- Who may do what with the tables by month: as before. A partition itself is granted to nobody: everybody
-- goes through the one table and its policies.

grant select on ledger.access_record, ledger.access_leaf to saphan_service, saphan_auditor;
grant insert on ledger.access_record to saphan_service;
-- where a leaf stands is not the writer's to say
grant insert (record_id, pair, at, actor, body, records) on ledger.access_leaf to saphan_service;
grant usage on sequence ledger.access_leaf_seq to saphan_service;
grant select on ledger.access_leaf to saphan_integrator;

do $$
declare
    party constant text := '(select current_setting(''saphan.party'', true))';
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    known constant text := agency || ' <> ''''';
    named text;
begin
    foreach named in array array['ledger.access_record', 'ledger.access_leaf']
    loop
        execute format('alter table %s enable row level security', named);
        execute format('alter table %s force row level security', named);
        execute format('create policy owner on %s to saphan_owner using (true) with check (true)', named);
        execute format('create policy exported on %s for select to saphan_auditor using (true)', named);
    end loop;
    execute 'create policy shown on ledger.access_leaf for select to saphan_service using (actor = ' || party
        || ' or left(pair, 2) = ' || party || ' or right(pair, 2) = ' || party
        || ' or (pair = '''' and ' || known || '))';
    execute 'create policy shown on ledger.access_record for select to saphan_service using ('
        || 'coalesce(nullif(country, ''''), agency) = ' || party
        || ' or exists (select from ledger.access_leaf l where l.record_id = id offset 0))';
    execute 'create policy added on ledger.access_record for insert to saphan_service with check (agency = '
        || agency || ' and coalesce(nullif(country, ''''), agency) = ' || party || ')';
    execute 'create policy added on ledger.access_leaf for insert to saphan_service with check (actor = '
        || party || ')';
end $$;
create policy sequenced on ledger.access_leaf for select to saphan_integrator using (true);
