-- Edges of the return case, as schema.machine: the fifteen days are for leaving SCREENED, which the first
-- entry does not do; and who wants no services, or is not there any more, is not kept in reception.
update registry.state_edge set limit_days = null where number = 1;
update registry.state_edge set limit_days = 15 where number = 2;
insert into registry.state_edge (number, source, target, unseated_host, act, side, actors) values
    (12, 'IN_RECEPTION', 'CLOSED', false, 'closeCase', 'ORIGIN', '{CASE_WORKER,PARTNER_CASEWORKER,RECEPTION}'),
    (12, 'REINTEGRATING', 'CLOSED', false, 'closeCase', 'ORIGIN', '{CASE_WORKER,PARTNER_CASEWORKER}');

-- The worklist goes by what each side has signed, and who watches it is compared with what it was.
do $$
declare
    columns text;
begin
    select string_agg(quote_ident(attname), ', ' order by attnum) into columns from pg_attribute
        where attrelid = 'registry.signature'::regclass and attnum > 0 and not attisdropped;
    execute format('create view past.signature with (security_invoker = true) as select %s from'
        ' registry.signature where at <= (select current_setting(''saphan.as_of'')::timestamptz)', columns);
    grant select on past.signature to saphan_service;
    if current_user <> 'saphan_owner' then
        alter view past.signature owner to saphan_owner;
    end if;
end $$;

-- A word alone changes whose turn it is: who watches the worklist is woken by it, without a field.
create trigger note_insert after insert on registry.signature referencing new table as made
    for each statement execute function registry.note_event('''ReturnCase''', 'm.case_id', 'm.case_id',
        'null::uuid', 'part', 'id');
