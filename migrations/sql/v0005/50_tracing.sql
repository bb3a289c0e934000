-- In which accesses one of these records was shown. The wall asks its own question of each leaf before any
-- other, so that an index over what was shown is of no use to a role behind it (only comparisons that
-- cannot leak may go first, and that of arrays is not among them). This looks at the index as the owner
-- and then asks what the wall asks: ids of accesses come back, of leaves that the caller may read anyway.

create function ledger.accesses_of(wanted uuid[]) returns setof uuid
language plpgsql stable security definer rows 100 set search_path = pg_catalog, pg_temp as $$
declare
    party text := current_setting('saphan.party', true);
    agency text := current_setting('saphan.agency', true);
begin
    return query select l.record_id from ledger.access_leaf l where l.records && wanted
        and (l.actor = party or left(l.pair, 2) = party or right(l.pair, 2) = party
            or (l.pair = '' and agency <> ''));
end $$;
alter function ledger.accesses_of(uuid[]) owner to saphan_owner;
revoke execute on function ledger.accesses_of(uuid[]) from public;
grant execute on function ledger.accesses_of(uuid[]) to saphan_service;

-- Sort what requests have appended into the index of the months that are written; how many pages were
-- pending. What is pending is found as well, only slower; an index belongs to the owner, who alone may.
create function ledger.tidy() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    part regclass;
    pages bigint := 0;
begin
    for part in
        select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid
            where i.inhparent = 'ledger.access_leaf_records_idx'::regclass
            and c.relname !~ '^access_leaf_2'
            or i.inhparent = 'ledger.access_leaf_records_idx'::regclass
            and substr(c.relname, 13, 7) between to_char(clock_timestamp() at time zone 'UTC'
                - interval '1 month', 'YYYY_MM') and to_char(clock_timestamp() at time zone 'UTC'
                + interval '1 month', 'YYYY_MM')
    loop
        pages := pages + gin_clean_pending_list(part);
    end loop;
    return pages;
end $$;
alter function ledger.tidy() owner to saphan_owner;
revoke execute on function ledger.tidy() from public;
grant execute on function ledger.tidy() to saphan_integrator;
