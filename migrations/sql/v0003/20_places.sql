-- A leaf's place and a record's are the database's to give: who writes them names every column but `seq`,
-- and "overriding system value" asks for a right on it.

revoke insert on ledger.access_record, ledger.access_leaf from saphan_service;
grant insert (id, at, kind, agency, country, unit, cases, roles, subject, client, issuer, token_hash,
    purpose, operation_name, document_hash, trace_id, outcome, protocols, searched, refusals, withheld)
    on ledger.access_record to saphan_service;
grant insert (record_id, pair, at, actor, body, records) on ledger.access_leaf to saphan_service;
