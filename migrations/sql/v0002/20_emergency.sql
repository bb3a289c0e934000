-- Emergency openings and their reviews. As schema.tables.emergencies. Error code SP004: an opening or
-- a review that the rules of C12 do not allow.

create table registry.emergency_opening (
    id uuid not null,
    case_id uuid not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    clause text not null,
    reason text not null,
    opened_at timestamptz default clock_timestamp() not null,
    until_at timestamptz not null,
    constraint emergency_opening_pkey primary key (id),
    constraint emergency_opening_period check (until_at > opened_at),
    constraint emergency_opening_one_hour check (until_at <= opened_at + interval '1 hour'),
    constraint emergency_opening_reason_said check (length(reason) between 10 and 2000),
    constraint emergency_opening_id_random check (get_byte(uuid_send(id), 6) >> 4 = 4),
    constraint emergency_opening_case_id_fkey foreign key (case_id) references registry.return_case
        (id),
    constraint emergency_opening_agency_code_fkey foreign key (agency_code) references
        registry.agency (code),
    constraint emergency_opening_plain_text check (strpos(concat_ws('', subject, issuer, clause,
        reason), chr(57344)) = 0)
);
create index emergency_opening_case_id_id_idx on registry.emergency_opening (case_id, id);
create index emergency_opening_opened_at_id_idx on registry.emergency_opening (opened_at, id);

create table registry.emergency_review (
    opening_id uuid not null,
    agency_code text not null,
    subject text not null,
    issuer text not null,
    at timestamptz default clock_timestamp() not null,
    finding text not null,
    remark text,
    constraint emergency_review_pkey primary key (opening_id),
    constraint emergency_review_opening_id_fkey foreign key (opening_id) references
        registry.emergency_opening (id),
    constraint emergency_review_agency_code_fkey foreign key (agency_code) references
        registry.agency (code),
    constraint emergency_review_finding_listed check (finding in ('JUSTIFIED', 'NOT_JUSTIFIED')),
    constraint emergency_review_plain_text check (strpos(concat_ws('', subject, issuer, remark),
        chr(57344)) = 0)
);

-- An hour begins now, not when the writer says; and nobody reviews what she opened.
create function registry.check_opening() returns trigger language plpgsql as $$
begin
    if new.opened_at < clock_timestamp() - interval '1 minute' or new.opened_at > clock_timestamp() then
        raise exception 'an emergency opening begins when it is made' using errcode = 'SP004';
    end if;
    new.until_at := coalesce(new.until_at, new.opened_at + interval '1 hour');
    return new;
end $$;

create function registry.check_review() returns trigger language plpgsql as $$
begin
    if exists (
        select from registry.emergency_opening o
        where o.id = new.opening_id and o.subject = new.subject and o.issuer = new.issuer
    ) then
        raise exception 'an emergency opening is reviewed by another person' using errcode = 'SP004';
    end if;
    return new;
end $$;

create trigger check_opening before insert on registry.emergency_opening
    for each row execute function registry.check_opening();
create trigger check_review before insert on registry.emergency_review
    for each row execute function registry.check_review();
create trigger index_records after insert on registry.emergency_opening
    referencing new table as made for each statement
    execute function registry.index_records('EmergencyOpening');

do $$
declare
    named text;
begin
    foreach named in array array['emergency_opening', 'emergency_review']
    loop
        execute format('create trigger refuse before update or delete or truncate on registry.%I'
            ' for each statement execute function registry.refuse()', named);
        execute format('grant select on registry.%I to saphan_service', named);
    end loop;
end $$;
grant insert (id, case_id, agency_code, subject, issuer, clause, reason)
    on registry.emergency_opening to saphan_service;
grant insert (opening_id, agency_code, subject, issuer, finding, remark)
    on registry.emergency_review to saphan_service;

alter table registry.record_index drop constraint record_index_type_listed;
alter table registry.record_index add constraint record_index_type_listed check (type in ('Victim',
    'ReturnCase', 'Transition', 'Consent', 'Referral', 'Assessment', 'TravelPaper', 'FollowUp',
    'LegalRequest', 'EmergencyOpening', 'Agreement', 'Clause', 'FocalPoint', 'BilateralContact',
    'Agency', 'AccessRecord'));
