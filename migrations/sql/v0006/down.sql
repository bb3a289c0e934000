-- Takes back what the files beside it made, last first.

-- 60_statistics
drop function registry.close_month();
drop function registry.release_medians(integer);
drop function registry.release_month(date);
drop function registry.count_month(date);
drop function registry.statistics_countable(timestamptz);
drop table registry.statistics_median, registry.statistics_release, registry.statistics_tally,
    registry.statistics_step, registry.statistics_case, registry.statistics_edition;

-- 55_agreements
do $$
declare
    named text;
    columns text;
    moment constant text := '(select current_setting(''saphan.as_of'')::timestamptz)';
begin
    foreach named in array array['agreement_signature', 'negotiation_round', 'agreement_version',
        'contact_attendance', 'contact_decision']
    loop
        execute format('drop view past.%I', named);
        execute format('drop table registry.%I', named);
        execute format('drop table if exists history.%I', named);
    end loop;
    drop view past.bilateral_contact;
    drop view past.agreement;
    alter table registry.bilateral_contact drop column area;
    alter table history.bilateral_contact drop column area;
    alter table registry.agreement drop column parent_code, drop column areas, drop column version;
    foreach named in array array['bilateral_contact', 'agreement']
    loop
        select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
            where attrelid = format('registry.%I', named)::regclass and attnum > 0 and not attisdropped;
        execute format('create view past.%1$I with (security_invoker = true) as select %2$s from'
            ' registry.%1$I', named, columns)
            || case named when 'agreement' then '' else format(' where recorded_at <= %3$s union all'
                ' select %2$s from history.%1$I where recorded_from <= %3$s and recorded_to > %3$s',
                named, columns, moment) end;
        execute format('grant select on past.%I to saphan_service', named);
        if current_user <> 'saphan_owner' then
            execute format('alter view past.%I owner to saphan_owner', named);
        end if;
    end loop;
    alter policy shown on registry.agreement
        using (published or (select current_setting('saphan.agency', true)) <> '');
end $$;
drop policy added on registry.agreement;
drop policy changed on registry.agreement;
revoke insert, update on registry.agreement from saphan_service;
revoke insert on registry.agreement_party from saphan_service;
drop trigger check_draft on registry.agreement;
drop trigger check_draft_party on registry.agreement_party;
drop trigger check_office on registry.focal_point;
drop function registry.check_office();
drop trigger bump on registry.agreement_party;
create trigger bump after insert or update or delete on registry.agreement
    for each row execute function policy.bump();
create trigger bump after insert or update or delete on registry.agreement_party
    for each row execute function policy.bump();
drop function registry.count_part();
drop function registry.check_version();
drop function registry.check_draft_party();
drop function registry.check_draft();
drop function policy.bump_parties();

-- 40_feed
drop schema feed cascade;
drop index registry.assignment_from_at_idx, registry.assignment_until_at_idx,
    registry.restriction_from_at_idx, registry.restriction_until_at_idx,
    registry.legal_request_received_on_idx, registry.legal_request_expires_on_idx,
    registry.return_case_planned_handover_on_idx, registry.victim_birth_latest_idx;

-- 30_frozen: the assignments that followed from a handover stay
drop view past.frozen;
drop trigger freeze_handover on registry.transition;
drop function registry.freeze_handover();
drop function registry.freeze(uuid[]);
drop function registry.keep_assigned(uuid[]);
drop function registry.copy_parts(uuid[], timestamptz[], timestamptz[]);
drop table registry.frozen;
drop function registry.refuse_thaw();

-- 20_acts
drop function registry.forget_keys();
drop table registry.request_key;
drop table registry.signature;
drop view past.return_case;
drop view past.travel_paper;
alter table registry.return_case drop column hold_reason, drop column rights_explained_at;
alter table history.return_case drop column hold_reason, drop column rights_explained_at;
alter table registry.travel_paper drop column identity_verified, drop column departed_at,
    drop column arrived_at;
alter table history.travel_paper drop column identity_verified, drop column departed_at,
    drop column arrived_at;
alter table registry.state_edge drop column act, drop column side, drop column actors,
    drop column limit_days;
do $$
declare
    named text;
    columns text;
begin
    foreach named in array array['return_case', 'travel_paper']
    loop
        select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
            where attrelid = format('registry.%I', named)::regclass and attnum > 0 and not attisdropped;
        execute format('create view past.%1$I with (security_invoker = true) as select %2$s from'
            ' registry.%1$I where recorded_at <= (select current_setting(''saphan.as_of'')::timestamptz)'
            ' union all select %2$s from history.%1$I where recorded_from <='
            ' (select current_setting(''saphan.as_of'')::timestamptz) and recorded_to >'
            ' (select current_setting(''saphan.as_of'')::timestamptz)', named, columns);
        execute format('grant select on past.%I to saphan_service', named);
        if current_user <> 'saphan_owner' then
            execute format('alter view past.%I owner to saphan_owner', named);
        end if;
    end loop;
end $$;

-- 10_events
do $$
declare
    named text;
    event text;
begin
    foreach named in array array['victim', 'return_case', 'transition', 'consent', 'referral',
        'assessment', 'travel_paper', 'follow_up', 'legal_request', 'emergency_opening',
        'emergency_review', 'assignment', 'restriction', 'contact_case', 'contact_participant',
        'bilateral_contact', 'focal_point', 'agreement', 'clause', 'agency']
    loop
        foreach event in array array['insert', 'update', 'delete']
        loop
            execute format('drop trigger note_%s on registry.%I', event, named);
        end loop;
    end loop;
end $$;
drop view past.event;
drop view past.deed;
drop table registry.deed;
drop table registry.record_version;
drop table registry.event;
drop table registry.commit_order;
drop table registry.field_column;
drop function registry.touched(bigint, integer);
drop function registry.newest_position();
drop function registry.note_event();
drop function registry.take_position();
drop sequence registry.commit_position;
