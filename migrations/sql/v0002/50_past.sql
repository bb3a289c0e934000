-- The registry as it stood at a past instant: a view for each table, under the same names and columns.
-- A statement of the compiler reads them instead of the tables and is otherwise the same text, so that
-- a past decision is made by what makes the present ones. `saphan.as_of` is set for one transaction.
-- The views have no rights of their own: the caller's wall stands below them.

create schema past;

create function past.moment() returns timestamptz language sql stable parallel safe as $$
    select current_setting('saphan.as_of')::timestamptz
$$;
create function past.today() returns date language sql stable parallel safe as $$
    select (current_setting('saphan.as_of')::timestamptz at time zone 'UTC')::date
$$;

do $$
declare
    moment constant text := '(select current_setting(''saphan.as_of'')::timestamptz)';
    named text;
    entered text;
    columns text;
    rows text;
begin
    -- the column that says since when a row is known; empty where the table keeps no past
    for named, entered in values ('victim', 'history'), ('return_case', 'history'),
        ('assignment', 'history'), ('restriction', 'history'), ('referral', 'history'),
        ('assessment', 'history'), ('travel_paper', 'history'), ('follow_up', 'history'),
        ('legal_request', 'history'), ('bilateral_contact', 'history'),
        ('contact_participant', 'history'), ('consent', 'recorded_at'), ('transition', 'at'),
        ('emergency_opening', 'opened_at'), ('emergency_review', 'at'), ('contact_case', ''),
        ('agency', ''), ('agency_unit', ''), ('agreement', ''), ('agreement_party', ''),
        ('clause', ''), ('country', ''), ('focal_point', ''), ('party', '')
    loop
        select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
            where attrelid = format('registry.%I', named)::regclass and attnum > 0 and not attisdropped;
        rows := format('select %s from registry.%I', columns, named);
        if entered = 'history' then
            rows := format('%s where recorded_at <= %s union all select %s from history.%I'
                ' where recorded_from <= %s and recorded_to > %s',
                rows, moment, columns, named, moment, moment);
        elsif entered <> '' then
            rows := format('%s where %I <= %s', rows, entered, moment);
        end if;
        execute format('create view past.%I with (security_invoker = true) as %s', named, rows);
    end loop;
end $$;

grant usage on schema past to saphan_service;
grant select on all tables in schema past to saphan_service;

do $$
declare
    statement text;
begin
    if current_user = 'saphan_owner' then
        return;
    end if;
    for statement in
        select format('alter view past.%I owner to saphan_owner', c.relname)
            from pg_class c where c.relnamespace = 'past'::regnamespace and c.relkind = 'v'
        union all
        select 'alter function past.moment() owner to saphan_owner'
        union all
        select 'alter function past.today() owner to saphan_owner'
        union all
        select 'alter schema past owner to saphan_owner'
    loop
        execute statement;
    end loop;
end $$;
