-- Takes back what the files beside it made, last first. Who was denied stays on record in the ledger.

revoke insert (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash,
    purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
    on ledger.access_record from saphan_service;
revoke insert (record_id, pair, at, actor, body, records) on ledger.access_leaf from saphan_service;
grant insert on ledger.access_record, ledger.access_leaf to saphan_service;

drop table policy.denial_removal;
drop table policy.denial;
