-- The second wall: row-level security on every table that holds something protected, forced.
--
-- The service says for whom it works in each transaction: `saphan.party` is the caller's country, or its
-- agency where it has none; `saphan.agency` is the agency. Unset reads as null, and as '' after a
-- transaction that had set it: both open nothing. A policy reads a setting only as a sub-select, which is
-- run once for a statement; per row it would cost twenty times more. `offset 0` keeps a look-up a look-up:
-- without it the planner may read the whole table into a hash first.
--
-- The owner migrates and seeds. It passes by a policy of its own, so that forcing has no exception.

do $$
declare
    party constant text := '(select current_setting(''saphan.party'', true))';
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    -- the policy of case_party itself asks for the caller's party
    of_case constant text := 'exists (select from registry.case_party w where w.case_id = %s offset 0)';
    pair constant text := '(' || party || ' in (host, origin) or (length(' || party || ') > 2 and '
        || format(of_case, 'id') || '))';
    person constant text := 'exists (select from registry.return_case c where c.victim_id = %s offset 0)';
    known constant text := agency || ' <> ''''';
    tests jsonb := '{}';
    named text;
    test text;
begin
    foreach named in array array['transition', 'consent', 'referral', 'assessment', 'travel_paper',
        'follow_up', 'legal_request', 'assignment', 'contact_case', 'emergency_opening']
    loop
        tests := tests || jsonb_build_object('registry.' || named, format(of_case, 'case_id'));
    end loop;
    foreach named in array array['referral', 'assessment', 'travel_paper', 'follow_up', 'legal_request',
        'assignment']
    loop
        tests := tests || jsonb_build_object('history.' || named, format(of_case, 'case_id'));
    end loop;
    tests := tests || jsonb_build_object(
        'registry.emergency_review', 'exists (select from registry.emergency_opening o'
            ' where o.id = opening_id offset 0)',
        'registry.case_party', 'party = ' || party,
        'registry.return_case', pair,
        'history.return_case', pair,
        'registry.victim', '(entered_by = ' || agency || ' or ' || format(person, 'victim.id') || ')',
        'history.victim', '(entered_by = ' || agency || ' or ' || format(person, 'victim.id') || ')',
        'registry.agreement', '(published or ' || known || ')',
        'registry.clause', known,
        'registry.focal_point', known,
        'registry.bilateral_contact', known,
        'history.bilateral_contact', known,
        'registry.contact_participant', known,
        'history.contact_participant', known,
        'ledger.access_leaf', '(actor = ' || party || ' or left(pair, 2) = ' || party
            || ' or right(pair, 2) = ' || party || ' or (pair = '''' and ' || known || '))',
        'ledger.access_record', '(coalesce(nullif(country, ''''), agency) = ' || party
            || ' or exists (select from ledger.access_leaf l where l.record_id = id offset 0))');
    -- a restriction that the wall hid would open what it closes: whoever may see the record sees it
    foreach named in array array['registry', 'history']
    loop
        tests := tests || jsonb_build_object(named || '.restriction', '(' || known
            || ' and ((case_id is null and victim_id is null) or ' || format(of_case, 'restriction.case_id')
            || ' or ' || format(person, 'restriction.victim_id') || '))');
    end loop;

    for named, test in select * from jsonb_each_text(tests)
    loop
        execute format('alter table %s enable row level security', named);
        execute format('alter table %s force row level security', named);
        execute format('create policy owner on %s to saphan_owner using (true) with check (true)', named);
        execute format('create policy shown on %s for select to saphan_service using (%s)', named, test);
    end loop;

    -- what the service may write, it writes inside the same wall
    foreach named in array array['transition', 'consent', 'referral', 'assessment',
        'travel_paper', 'follow_up', 'legal_request', 'assignment', 'contact_case', 'restriction',
        'emergency_opening', 'emergency_review', 'focal_point', 'bilateral_contact', 'contact_participant']
    loop
        test := tests ->> ('registry.' || named);
        execute format('create policy added on registry.%I for insert to saphan_service with check (%s)',
            named, test);
        execute format('create policy changed on registry.%I for update to saphan_service using (%s)'
            ' with check (%s)', named, test, test);
    end loop;
    execute format('create policy added on registry.return_case for insert to saphan_service'
        ' with check (%s or holder = %s)', pair, agency);
    execute format('create policy changed on registry.return_case for update to saphan_service'
        ' using (%s) with check (%s)', pair, pair);
    execute format('create policy added on registry.victim for insert to saphan_service'
        ' with check (entered_by = %s)', agency);
    execute format('create policy changed on registry.victim for update to saphan_service using (%s)'
        ' with check (%s)', tests ->> 'registry.victim', tests ->> 'registry.victim');
    execute format('create policy added on ledger.access_record for insert to saphan_service'
        ' with check (agency = %s and coalesce(nullif(country, ''''), agency) = %s)', agency, party);
    execute format('create policy added on ledger.access_leaf for insert to saphan_service'
        ' with check (actor = %s)', party);
end $$;

-- The ledger's own roles read all of it: the tree is one, and an export is cut by country in the command.
create policy sequenced on ledger.access_leaf for select to saphan_integrator using (true);
create policy exported on ledger.access_leaf for select to saphan_auditor using (true);
create policy exported on ledger.access_record for select to saphan_auditor using (true);
create policy exported on registry.agreement for select to saphan_auditor using (true);
create policy exported on registry.clause for select to saphan_auditor using (true);

grant select on registry.case_party to saphan_service;
-- The index of all ids says which ids exist, and of which type. Only triggers need it.
revoke select on registry.record_index, registry.record_type from saphan_service;

do $$
declare
    named text;
begin
    if current_user <> 'saphan_owner' then
        alter table registry.case_party owner to saphan_owner;
        alter table policy.ending owner to saphan_owner;
        alter function policy.check_party() owner to saphan_owner;
        alter table registry.emergency_opening owner to saphan_owner;
        alter table registry.emergency_review owner to saphan_owner;
        foreach named in array array['add_case_party', 'add_organisation', 'place_restriction',
            'check_opening', 'check_review']
        loop
            execute format('alter function registry.%I() owner to saphan_owner', named);
        end loop;
    end if;
end $$;
