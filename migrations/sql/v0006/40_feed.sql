-- What each puller was told it may see, and what it still has to be told. As schema.tables.feed.
--
-- A stream is one puller: agency, client, roles, unit, cases and purpose. `view` is what it was told it may
-- see, `entry` what changed, `withdrawal` what it has to erase. All of it is made by the service inside the
-- wall of the stream's agency, from the same decision that answers a query.

create schema feed;
grant usage on schema feed to saphan_service;

create table feed.stream (
    id integer generated always as identity,
    key text not null,
    agency text not null,
    country text not null,
    client text not null,
    roles text[] not null,
    unit text not null,
    cases uuid[],
    purpose text not null,
    rights text not null,
    policy_version bigint not null,
    policy_horizon timestamptz,
    position bigint not null,
    event_seq bigint not null,
    clock_at timestamptz not null,
    sweep_kind smallint,
    sweep_id uuid,
    quiet boolean default true not null,
    complete boolean default false not null,
    seq bigint default 0 not null,
    dropped bigint default 0 not null,
    checked_at timestamptz default clock_timestamp() not null,
    asked_at timestamptz default clock_timestamp() not null,
    begun_at timestamptz default clock_timestamp() not null,
    constraint stream_pkey primary key (id),
    constraint stream_key_key unique (key),
    constraint stream_agency_fkey foreign key (agency) references registry.agency (code),
    constraint stream_sweep_has_a_place check ((sweep_kind is null) = (sweep_id is null))
);
create index stream_agency_client_idx on feed.stream (agency, client);

create table feed.view (
    stream integer not null,
    kind smallint not null,
    record_id uuid not null,
    unit uuid not null,
    open bigint not null,
    frozen bigint not null,
    links uuid[] default '{}' not null,
    constraint view_pkey primary key (stream, kind, record_id),
    constraint view_stream_fkey foreign key (stream) references feed.stream (id) on delete cascade
);
create index view_stream_unit_idx on feed.view (stream, unit);

create table feed.entry (
    stream integer not null,
    seq bigint not null,
    record_id uuid not null,
    record_type text not null,
    fields text[],
    withdrawn boolean not null,
    at timestamptz default clock_timestamp() not null,
    constraint entry_pkey primary key (stream, seq),
    constraint entry_stream_fkey foreign key (stream) references feed.stream (id) on delete cascade
);

create table feed.withdrawal (
    stream integer not null,
    record_id uuid not null,
    record_type text not null,
    unit uuid not null,
    fields text[] not null,
    seq bigint,
    since timestamptz default clock_timestamp() not null,
    erased jsonb default '{}' not null,
    constraint withdrawal_pkey primary key (stream, record_id),
    constraint withdrawal_stream_fkey foreign key (stream) references feed.stream (id) on delete cascade,
    constraint withdrawal_due_has_fields check ((seq is null) = (fields = '{}'))
);
create index withdrawal_stream_seq_idx on feed.withdrawal (stream, seq);

-- Closed a moment ago: an answer that was under way may still bring what was open when it began.
create table feed.closing (
    stream integer not null,
    record_id uuid not null,
    record_type text not null,
    unit uuid not null,
    classes bigint not null,
    whole boolean not null,
    until_at timestamptz not null,
    constraint closing_pkey primary key (stream, record_id),
    constraint closing_stream_fkey foreign key (stream) references feed.stream (id) on delete cascade
);

-- Up to which entry withdrawals were answered: what was never told cannot be acknowledged.
create table feed.told (
    stream integer not null,
    seq bigint not null,
    constraint told_pkey primary key (stream),
    constraint told_stream_fkey foreign key (stream) references feed.stream (id) on delete cascade
);

-- The events after a place, with the person they are about. The row is there and empty where the party in
-- whose name is asked has nothing to do with the case: the place goes on.
create function feed.touched(of_stream integer, after bigint, after_seq bigint, most integer)
    returns table (place bigint, seq bigint, record_id uuid, record_type text, unit uuid, fields text[])
    language sql stable security definer rows 100 set search_path = pg_catalog, pg_temp as $$
    select e.position, e.seq, case when w.shown then e.record_id end, case when w.shown then e.record_type end,
            case when w.shown then u.person end, case when w.shown then e.fields end
        from (
            select o.position, v.seq, v.record_id, v.record_type, v.case_id, v.victim_id, v.fields
                from (select n.position, n.tx from registry.commit_order n where n.position >= after
                    order by n.position limit most + 1) o
                join registry.event v on v.tx = o.tx
                where o.position > after or v.seq > after_seq
                order by 1, 2 limit most
        ) e
        cross join feed.stream s
        left join registry.emergency_opening b
            on b.id = e.record_id and e.case_id is null and e.record_type = 'EmergencyOpening'
        left join registry.return_case c on c.id = coalesce(e.case_id, b.case_id)
        cross join lateral (select coalesce(e.victim_id, c.victim_id) as person offset 0) u
        cross join lateral (select (e.case_id is null and u.person is null)
            or exists (select from registry.return_case k join registry.case_party p on p.case_id = k.id
                where k.victim_id = u.person and p.party = current_setting('saphan.party', true) offset 0)
            or exists (select from registry.victim m where m.id = u.person and m.entered_by = s.agency offset 0)
            or exists (select from feed.view h where h.stream = s.id and h.unit = u.person offset 0)
            as shown offset 0) w
        where s.id = of_stream and s.agency = current_setting('saphan.agency', true)
        order by 1, 2
$$;

-- What the ledger shows as delivered of these records to the puller of a stream, for its purpose, and that
-- it has not acknowledged to have erased since. `id` stands for the record itself.
create function feed.delivered(of_stream integer, wanted uuid[])
    returns table (record_id uuid, fields text[])
    language plpgsql stable security definer rows 100 set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select x.id, array_agg(distinct x.field)
            from (
                select d.id, n.field
                    from feed.stream s
                    cross join lateral (select l.record_id, l.at, l.body from ledger.access_leaf l
                        where l.records && wanted and l.body is not null offset 0) l
                    join ledger.access_record a on a.id = l.record_id and a.agency = s.agency
                        and a.client = s.client and a.purpose = s.purpose
                    cross join lateral jsonb_array_elements(l.body::jsonb -> 'disclosures') e(entry)
                    cross join lateral (select r.id::uuid as id
                        from jsonb_array_elements_text(e.entry -> 'records') r(id)
                        where r.id::uuid = any (wanted) offset 0) d
                    cross join lateral (select 'id' as field union
                        select split_part(f.name, '.', 2)
                        from jsonb_array_elements_text(e.entry -> 'fields') f(name)) n
                    left join feed.withdrawal w on w.stream = s.id and w.record_id = d.id
                    where s.id = of_stream and s.agency = current_setting('saphan.agency', true)
                    and (w.erased is null or not w.erased ? n.field
                        or l.at > (w.erased ->> n.field)::timestamptz)
            ) x
            group by x.id;
end $$;

-- Every stream that is still asked for, for what runs beside the requests.
create function feed.streams()
    returns table (id integer, agency text, country text, client text, roles text[], unit text, cases uuid[],
        purpose text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.id, s.agency, s.country, s.client, s.roles, s.unit, s.cases, s.purpose from feed.stream s
        where s.asked_at > now() - interval '400 days' order by s.id
$$;

-- How many withdrawals nobody has acknowledged, for the auditors of a country: on the cases that its
-- agencies hold, and of its own pullers.
create function feed.unacknowledged()
    returns table (agency text, client text, number bigint, oldest timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.agency, s.client, count(*), min(w.since)
        from feed.withdrawal w join feed.stream s on s.id = w.stream
        where w.seq is not null and length(current_setting('saphan.party', true)) = 2
        and (s.country = current_setting('saphan.party', true)
            or exists (select from registry.return_case c join registry.agency h on h.code = c.holder
                where c.victim_id = w.unit and h.country = current_setting('saphan.party', true) offset 0))
        group by 1, 2 order by 1, 2
$$;

do $$
declare
    agency constant text := '(select current_setting(''saphan.agency'', true))';
    named text;
    test text;
begin
    foreach named in array array['stream', 'view', 'entry', 'withdrawal', 'closing', 'told']
    loop
        test := case named when 'stream' then 'agency = ' || agency
            else 'stream in (select s.id from feed.stream s)' end;
        execute format('alter table feed.%I enable row level security', named);
        execute format('alter table feed.%I force row level security', named);
        execute format('create policy owner on feed.%I to saphan_owner using (true) with check (true)', named);
        execute format('create policy own on feed.%I to saphan_service using (%s) with check (%s)',
            named, test, test);
    end loop;
    grant select, insert, delete on feed.stream to saphan_service;
    grant update (rights, policy_version, policy_horizon, position, event_seq, clock_at, sweep_kind, sweep_id,
        quiet, complete, seq, dropped, checked_at, asked_at) on feed.stream to saphan_service;
    grant select, insert, update, delete on feed.view, feed.withdrawal, feed.closing, feed.told
        to saphan_service;
    grant select, insert, delete on feed.entry to saphan_service;
    if current_user <> 'saphan_owner' then
        alter schema feed owner to saphan_owner;
        foreach named in array array['stream', 'view', 'entry', 'withdrawal', 'closing', 'told']
        loop
            execute format('alter table feed.%I owner to saphan_owner', named);
        end loop;
        alter function feed.touched(integer, bigint, bigint, integer) owner to saphan_owner;
        alter function feed.delivered(integer, uuid[]) owner to saphan_owner;
        alter function feed.streams() owner to saphan_owner;
        alter function feed.unacknowledged() owner to saphan_owner;
    end if;
    revoke all on function feed.touched(integer, bigint, bigint, integer), feed.delivered(integer, uuid[]),
        feed.streams(), feed.unacknowledged() from public;
    grant execute on function feed.touched(integer, bigint, bigint, integer), feed.delivered(integer, uuid[]),
        feed.streams(), feed.unacknowledged() to saphan_service;
end $$;

-- The clock is asked for what it opened and closed since a moment.
create index assignment_from_at_idx on registry.assignment (from_at);
create index assignment_until_at_idx on registry.assignment (until_at);
create index restriction_from_at_idx on registry.restriction (from_at);
create index restriction_until_at_idx on registry.restriction (until_at);
create index legal_request_received_on_idx on registry.legal_request (received_on);
create index legal_request_expires_on_idx on registry.legal_request (expires_on);
create index return_case_planned_handover_on_idx on registry.return_case (planned_handover_on);
create index victim_birth_latest_idx on registry.victim (birth_latest);
