-- Takes back what the files beside it made, last first.

-- 30_frozen: the assignments that followed from a handover stay
drop view past.frozen;
drop trigger freeze_handover on registry.transition;
drop function registry.freeze_handover();
drop function registry.freeze(uuid[]);
drop function registry.keep_assigned(uuid[]);
drop function registry.copy_parts(uuid[], timestamptz[], timestamptz[]);
drop table registry.frozen;
drop function registry.refuse_thaw();

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
