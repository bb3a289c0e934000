-- Whose case it is, one row for each: its two countries, and every organisation without a country that
-- holds it or was given an assignment, a referral or a consent on it. The second wall asks this table and no other,
-- so that no policy leads back to its own table. Kept by triggers, whoever writes.

create table registry.case_party (
    case_id uuid not null,
    party text not null,
    constraint case_party_pkey primary key (case_id, party),
    constraint case_party_case_id_fkey foreign key (case_id) references registry.return_case (id)
        on delete cascade,
    constraint case_party_party_fkey foreign key (party) references registry.party (code)
);

create function registry.add_case_party() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    insert into registry.case_party (case_id, party)
        select id, host from made union all select id, origin from made
        union all
        select m.id, m.holder from made m join registry.agency a on a.code = m.holder and a.country is null
        on conflict do nothing;
    return null;
end $$;

create function registry.add_organisation() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
begin
    if tg_table_name = 'assignment' then
        insert into registry.case_party (case_id, party)
            select distinct m.case_id, a.code from made m
            join registry.agency a on a.code = m.agency_code and a.country is null
            on conflict do nothing;
    elsif tg_table_name = 'referral' then
        insert into registry.case_party (case_id, party)
            select distinct m.case_id, a.code from made m
            join registry.agency a on a.code = m.to_agency and a.country is null
            on conflict do nothing;
    else
        insert into registry.case_party (case_id, party)
            select distinct m.case_id, a.code from made m
            join registry.agency a on a.code = any (m.recipients) and a.country is null
            on conflict do nothing;
    end if;
    return null;
end $$;

insert into registry.case_party (case_id, party)
    select id, host from registry.return_case
    union
    select id, origin from registry.return_case
    union
    select c.id, c.holder from registry.return_case c
        join registry.agency a on a.code = c.holder and a.country is null
    union
    select s.case_id, a.code from registry.assignment s
        join registry.agency a on a.code = s.agency_code and a.country is null
    union
    select r.case_id, a.code from registry.referral r
        join registry.agency a on a.code = r.to_agency and a.country is null
    union
    select s.case_id, a.code from registry.consent s
        join registry.agency a on a.code = any (s.recipients) and a.country is null;

do $$
declare
    named text;
    event text;
begin
    for named, event in values ('return_case', 'insert'), ('return_case', 'update'),
        ('assignment', 'insert'), ('assignment', 'update'), ('referral', 'insert'),
        ('referral', 'update'), ('consent', 'insert')
    loop
        execute format('create trigger add_party_%s after %s on registry.%I referencing new table as made'
            ' for each statement execute function registry.%I()',
            event, event, named,
            case named when 'return_case' then 'add_case_party' else 'add_organisation' end);
    end loop;
end $$;

-- On which case or person a restriction lies, null where it lies on neither: asking every type of
-- record for its id would make each statement start forty sub-plans more.
alter table registry.restriction add column case_id uuid, add column victim_id uuid;
alter table history.restriction add column case_id uuid, add column victim_id uuid;

create function registry.place_restriction() returns trigger language plpgsql security definer
    set search_path = pg_catalog, pg_temp as $$
declare
    kind text;
    part text;
begin
    select i.type into kind from registry.record_index i where i.id = new.record_id;
    part := case kind
        when 'Transition' then 'transition' when 'Consent' then 'consent'
        when 'Referral' then 'referral' when 'Assessment' then 'assessment'
        when 'TravelPaper' then 'travel_paper' when 'FollowUp' then 'follow_up'
        when 'LegalRequest' then 'legal_request' end;
    new.case_id := null;
    new.victim_id := null;
    if kind = 'Victim' then
        new.victim_id := new.record_id;
    elsif kind = 'ReturnCase' then
        new.case_id := new.record_id;
    elsif part is not null then
        execute format('select case_id from registry.%I where id = $1', part)
            into new.case_id using new.record_id;
    end if;
    return new;
end $$;

create trigger place_restriction before insert or update of record_id on registry.restriction
    for each row execute function registry.place_restriction();
-- the ones already there are placed without a new version: what they say has not changed
alter table registry.restriction disable trigger keep_update;
update registry.restriction set record_id = record_id;
alter table registry.restriction enable trigger keep_update;
create index restriction_case_id_recorded_from_idx on history.restriction (case_id, recorded_from);

-- Who acted stands in the leaf too: the country, or the organisation that has none.
alter table ledger.access_leaf disable trigger refuse;
alter table ledger.access_leaf add column actor text not null default '';
update ledger.access_leaf l set actor = coalesce(nullif(r.country, ''), r.agency)
    from ledger.access_record r where r.id = l.record_id;
alter table ledger.access_leaf enable trigger refuse;
