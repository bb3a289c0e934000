-- Access records of one leaf each, evenly over 36 months. One leaf in fifty is that of a page with a
-- hundred records, the others show one to six. Parameters as psycopg's: of, first, last, pool.
with drawn as materialized (
    select n, clock_timestamp() - make_interval(secs => ((%(of)s - n)::float8 / %(of)s) * 36 * 30 * 86400) as at,
        md5('access' || n) as h, case when n %% 50 = 0 then 100 else 1 + n %% 6 end as many
    from generate_series(%(first)s::bigint, %(last)s::bigint) n
), named as materialized (
    select n, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3)
        || '8' || substr(h, 4, 15))::uuid as id, (array['KH-TH', 'LA-TH', 'MM-TH', 'KH-VN'])[1 + n %% 4] as pair,
        (array['TH', 'KH', 'TH', 'LA'])[1 + n %% 4] as country, h,
        array(select md5('record' || (hashint8(n * 131 + k)::bigint & 2147483647) %% %(pool)s)::uuid
            from generate_series(1, many) k) as records
    from drawn
), recorded as (
    insert into ledger.access_record (id, at, kind, agency, country, roles, subject, client, issuer, token_hash,
        purpose, operation_name, document_hash, trace_id, outcome, protocols)
    select id, at, 'ACCESS', country || '-DATIP', country, '{FOCAL_POINT}', 'u-' || n %% 997, 'desk',
        'https://id.example/' || lower(country), h || h, 'TRACING', 'Desk', h || h, h, 'DISCLOSED', '{TH-KH-2014@3}'
    from named
)
insert into ledger.access_leaf (record_id, pair, at, actor, records, body)
select id, pair, at, country, records,
    '{"at":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","caller":{"agency":"'
    || country || '-DATIP","cases":null,"client":"desk","country":"' || country || '","issuer":"https://id.example/'
    || lower(country) || '","roles":["FOCAL_POINT"],"subject":"u-' || n %% 997 || '","token":"' || h || h
    || '","unit":""},"disclosures":[{"clause":"TH-KH-2014@3#art. 5(1)","fields":["Victim.ageBand","Victim.gender"],'
    || '"records":' || to_json(records)::text || '},{"clause":"TH-KH-2014@3#art. 9(2)","fields":["Victim.familyName"],'
    || '"records":["' || records[1] || '"]}],"id":"' || id || '","kind":"ACCESS","operation":{"hash":"' || h || h
    || '","name":"Desk"},"outcome":"DISCLOSED","pair":"' || pair || '","protocols":["TH-KH-2014@3"],"purpose":"TRACING",'
    || '"refusals":[],"salt":"' || encode(decode(h, 'hex'), 'base64') || '","searched":[],"trace":"' || h
    || '","v":1,"withheld":[{"count":1,"field":"Victim.familyName","reason":"STAGE"}]}'
from named
