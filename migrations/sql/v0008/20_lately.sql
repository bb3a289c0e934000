-- What was delivered since a moment to the very puller of a stream (its roles, unit and cases too) of the
-- records of some persons: opened, delivered and closed again between two steps, it is in no view that the
-- stream ever had. What an emergency opened (the clauses `openings`) was never the stream's.
create function feed.delivered_lately(of_stream integer, since timestamptz, units uuid[], openings text[])
    returns table (record_id uuid, unit uuid, names text[])
    language plpgsql stable security definer rows 10 set search_path = pg_catalog, pg_temp as $$
declare
    puller feed.stream;
    wanted uuid[];
begin
    select * into puller from feed.stream s
        where s.id = of_stream and s.agency = current_setting('saphan.agency', true);
    if not found or not exists (select from ledger.access_record a where a.at >= since
            and a.agency = puller.agency and a.client = puller.client and a.purpose = puller.purpose) then
        return;
    end if;
    wanted := array(
        select u from unnest(units) u
        union all select c.id from registry.return_case c where c.victim_id = any (units)
        union all select p.id from registry.return_case c cross join lateral (
            select x.id from registry.transition x where x.case_id = c.id
            union all select x.id from registry.consent x where x.case_id = c.id
            union all select x.id from registry.referral x where x.case_id = c.id
            union all select x.id from registry.assessment x where x.case_id = c.id
            union all select x.id from registry.travel_paper x where x.case_id = c.id
            union all select x.id from registry.follow_up x where x.case_id = c.id
            union all select x.id from registry.legal_request x where x.case_id = c.id
            union all select x.id from registry.emergency_opening x where x.case_id = c.id) p
            where c.victim_id = any (units));
    return query
        select d.id, coalesce(c.victim_id, d.id), array_agg(distinct f.name)
            from (select l.body::jsonb as body from ledger.access_record a
                join ledger.access_leaf l on l.record_id = a.id
                where a.at >= since and a.agency = puller.agency and a.client = puller.client
                and a.purpose = puller.purpose and a.unit = puller.unit
                and a.roles @> puller.roles and a.roles <@ puller.roles
                and (a.cases is null) = (puller.cases is null)
                and (a.cases is null or (a.cases::uuid[] @> puller.cases and a.cases::uuid[] <@ puller.cases))
                -- by a hash: page by page each of a thousand ids would be compared with thousands
                and l.body is not null and exists (select from unnest(l.records) r(id)
                    where r.id in (select unnest(wanted))) offset 0) l
            cross join lateral jsonb_array_elements(l.body -> 'disclosures') e(entry)
            cross join lateral (select r.id::uuid as id
                from jsonb_array_elements_text(e.entry -> 'records') r(id)
                where r.id::uuid in (select unnest(wanted)) offset 0) d
            cross join lateral jsonb_array_elements_text(e.entry -> 'fields') f(name)
            left join lateral (select k.victim_id from registry.return_case k where k.id = d.id
                union all select k.victim_id from registry.return_case k where k.id = (
                    select x.case_id from registry.transition x where x.id = d.id
                    union all select x.case_id from registry.consent x where x.id = d.id
                    union all select x.case_id from registry.referral x where x.id = d.id
                    union all select x.case_id from registry.assessment x where x.id = d.id
                    union all select x.case_id from registry.travel_paper x where x.id = d.id
                    union all select x.case_id from registry.follow_up x where x.id = d.id
                    union all select x.case_id from registry.legal_request x where x.id = d.id
                    union all select x.case_id from registry.emergency_opening x where x.id = d.id)) c on true
            where not coalesce(e.entry ->> 'clause', '') = any (openings)
            group by 1, 2;
end $$;

do $$
begin
    if current_user <> 'saphan_owner' then
        alter function feed.delivered_lately(integer, timestamptz, uuid[], text[]) owner to saphan_owner;
    end if;
end $$;
revoke all on function feed.delivered_lately(integer, timestamptz, uuid[], text[]) from public;
grant execute on function feed.delivered_lately(integer, timestamptz, uuid[], text[]) to saphan_service;
