-- Takes back what the files beside it made, last first.

-- 60_classes: a restriction on a class that is no more would bar the way back
delete from registry.restriction where data_class in ('EMERGENCY', 'RISK_FLAG');
alter table registry.restriction drop constraint restriction_data_class_listed;
alter table registry.restriction add constraint restriction_data_class_listed check (data_class in
    ('SHELL', 'PERSON', 'IDENTITY', 'PHOTO', 'FAMILY', 'EXPLOITATION', 'EXPLOITATION_DETAIL',
    'NARRATIVE', 'CARE', 'MEDICAL', 'SHELTER', 'HANDOVER', 'REFERRAL', 'REFERRAL_TEXT',
    'BEST_INTERESTS', 'LEGAL', 'LEGAL_HOLD', 'ASSESSMENT', 'ASSESSMENT_OUTCOME', 'TRAVEL',
    'REINTEGRATION', 'FEEDBACK', 'CONSENT', 'AGREEMENT', 'CLAUSE', 'CONTACT', 'CONTACT_PRIVATE',
    'MINUTES', 'ACCESS'));

-- 50_past
drop schema past cascade;

-- 40_wall
do $$
declare
    named regclass;
    policy name;
begin
    for named, policy in
        select p.polrelid::regclass, p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
            join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('registry', 'history', 'policy', 'ledger')
    loop
        execute format('drop policy %I on %s', policy, named);
    end loop;
    for named in
        select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('registry', 'history', 'policy', 'ledger') and c.relrowsecurity
    loop
        execute format('alter table %s no force row level security', named);
        execute format('alter table %s disable row level security', named);
    end loop;
end $$;
grant select on registry.record_index, registry.record_type to saphan_service;

-- 30_life
drop table policy.ending;
drop trigger check_party on policy.ratification;
drop function policy.check_party();
alter table policy.ratification disable trigger refuse;
update policy.ratification set kind = 'RATIFIED' where kind = 'PROPOSED';
alter table policy.ratification enable trigger refuse;
alter table policy.ratification drop constraint ratification_kind_listed;
alter table policy.ratification add constraint ratification_kind_listed check (kind in ('RATIFIED',
    'BOUND_BY_SIGNATURE'));
alter table policy.ratification drop constraint ratification_plain_text;
alter table policy.protocol_version drop constraint protocol_version_plain_text;
alter table policy.ratification drop column issuer, drop column content_hash, drop column report_hash;
alter table policy.protocol_version drop column proposed_by_issuer, drop column report,
    drop column report_hash;
alter table policy.ratification add constraint ratification_plain_text check (strpos(concat_ws('',
    subject), chr(57344)) = 0);
alter table policy.protocol_version add constraint protocol_version_plain_text check
    (strpos(concat_ws('', content, content_hash, proposed_by_subject), chr(57344)) = 0);

-- 20_emergency: what was opened is on record in the ledger
drop table registry.emergency_review;
drop table registry.emergency_opening;
drop function registry.check_review();
drop function registry.check_opening();
alter table registry.record_index disable trigger refuse;
delete from registry.record_index where type = 'EmergencyOpening';
alter table registry.record_index enable trigger refuse;
alter table registry.record_index drop constraint record_index_type_listed;
alter table registry.record_index add constraint record_index_type_listed check (type in ('Victim',
    'ReturnCase', 'Transition', 'Consent', 'Referral', 'Assessment', 'TravelPaper', 'FollowUp',
    'LegalRequest', 'Agreement', 'Clause', 'FocalPoint', 'BilateralContact', 'Agency',
    'AccessRecord'));

-- 10_parties
alter table ledger.access_leaf drop column actor;
drop trigger place_restriction on registry.restriction;
drop function registry.place_restriction();
alter table history.restriction drop column case_id, drop column victim_id;
alter table registry.restriction drop column case_id, drop column victim_id;
drop trigger add_party_insert on registry.consent;
drop trigger add_party_update on registry.referral;
drop trigger add_party_insert on registry.referral;
drop trigger add_party_update on registry.assignment;
drop trigger add_party_insert on registry.assignment;
drop trigger add_party_update on registry.return_case;
drop trigger add_party_insert on registry.return_case;
drop function registry.add_organisation();
drop function registry.add_case_party();
drop table registry.case_party;
