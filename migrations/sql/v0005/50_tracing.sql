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
