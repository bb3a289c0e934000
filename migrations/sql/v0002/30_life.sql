-- The life of a protocol version: proposed by one party, ratified by another person of each other, in
-- force, ended. As schema.tables.policy. Error code SP005: a ratification that binds nobody.

alter table policy.protocol_version
    add column proposed_by_issuer text default '' not null,
    add column report text,
    add column report_hash text;
alter table policy.ratification
    add column issuer text default '' not null,
    add column content_hash text default '' not null,
    add column report_hash text default '' not null;
alter table policy.protocol_version drop constraint protocol_version_plain_text;
alter table policy.protocol_version add constraint protocol_version_plain_text check
    (strpos(concat_ws('', content, content_hash, proposed_by_subject, proposed_by_issuer, report,
    report_hash), chr(57344)) = 0);
alter table policy.ratification drop constraint ratification_plain_text;
alter table policy.ratification add constraint ratification_plain_text check
    (strpos(concat_ws('', subject, issuer, content_hash, report_hash), chr(57344)) = 0);
alter table policy.ratification drop constraint ratification_kind_listed;
alter table policy.ratification add constraint ratification_kind_listed check (kind in ('PROPOSED',
    'RATIFIED', 'BOUND_BY_SIGNATURE'));

create table policy.ending (
    version_id uuid not null,
    party text not null,
    agency text not null,
    subject text not null,
    issuer text default '' not null,
    at timestamptz default clock_timestamp() not null,
    until_at timestamptz not null,
    constraint ending_pkey primary key (version_id, party),
    constraint ending_version_id_fkey foreign key (version_id) references policy.protocol_version (id),
    constraint ending_party_fkey foreign key (party) references registry.party (code),
    constraint ending_agency_fkey foreign key (agency) references registry.agency (code),
    constraint ending_not_in_the_past check (until_at >= at - interval '1 minute'),
    constraint ending_plain_text check (strpos(concat_ws('', subject, issuer), chr(57344)) = 0)
);

-- Two people, and two countries where there are two: the database holds it, whoever writes.
create function policy.check_party() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'ratification' then
        if new.kind = 'BOUND_BY_SIGNATURE' then
            return new;
        end if;
        if new.kind = 'RATIFIED' and exists (
            select from policy.protocol_version v where v.id = new.version_id
            and v.proposed_by_subject = new.subject and v.proposed_by_issuer = new.issuer
        ) then
            raise exception 'nobody ratifies what they proposed' using errcode = 'SP005';
        end if;
        if exists (
            select from policy.protocol_version v where v.id = new.version_id
            and (new.content_hash not in ('', v.content_hash)
                or (new.content_hash <> '' and new.report_hash <> coalesce(v.report_hash, '')))
        ) then
            raise exception 'what is ratified is not what was proposed' using errcode = 'SP005';
        end if;
    end if;
    if not exists (
        select from registry.agency a where a.code = new.agency and new.party in (a.code, a.country)
    ) then
        raise exception 'an agency speaks for its own party' using errcode = 'SP005';
    end if;
    return new;
end $$;

create trigger check_party before insert on policy.ratification
    for each row execute function policy.check_party();
create trigger check_party before insert on policy.ending
    for each row execute function policy.check_party();
create trigger refuse before update or delete or truncate on policy.ending
    for each statement execute function registry.refuse();
create trigger bump after insert or update or delete on policy.ending
    for each row execute function policy.bump();

grant select on policy.ending to saphan_service, saphan_auditor;
grant insert (id, agreement_code, version, content, content_hash, proposed_by_agency,
    proposed_by_subject, proposed_by_issuer, in_force_from, report, report_hash)
    on policy.protocol_version to saphan_service;
grant insert (version_id, party, agency, subject, issuer, kind, content_hash, report_hash)
    on policy.ratification to saphan_service;
grant insert (version_id, party, agency, subject, issuer, until_at) on policy.ending to saphan_service;
