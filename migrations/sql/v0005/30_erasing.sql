-- Rows are only added, with one exception: after its time the content of a leaf in the tree may go, its
-- place and hash stay, and what stands in its stead names the act that did it. A record goes blank when
-- all of its leaves have. Row by row, so that a partition has the same rule.

create function ledger.keep_leaf() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if tg_op = 'UPDATE' then
        if old.body is not null and new.body is null and new.records = '{}'
            and old.erased_by is null and new.erased_by is not null
            and (new.seq, new.record_id, new.pair, new.at, new.actor, new.tx)
                = (old.seq, old.record_id, old.pair, old.at, old.actor, old.tx)
            and exists (select from ledger.leaf_position p
                where p.record_id = old.record_id and p.pair = old.pair)
        then
            return new;
        end if;
    end if;
    raise exception '% of % is refused: rows are only added', lower(tg_op), tg_table_name
        using errcode = 'SP002';
end $$;

create function ledger.keep_record() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    blank ledger.access_record;
begin
    if tg_op = 'UPDATE' then
        blank := row(old.id, old.at, old.kind, '', '', '', null, '{}', '', '', '', '', '', '', '', '',
            old.outcome, '{}', '{}', '[]', '[]')::ledger.access_record;
        if new is not distinct from blank and not exists (select from ledger.access_leaf l
            where l.record_id = old.id and l.body is not null)
        then
            return new;
        end if;
    end if;
    raise exception '% of % is refused: rows are only added', lower(tg_op), tg_table_name
        using errcode = 'SP002';
end $$;

create trigger keep before update or delete on ledger.access_leaf
    for each row execute function ledger.keep_leaf();
create trigger keep before update or delete on ledger.access_record
    for each row execute function ledger.keep_record();

do $$
declare
    named text;
begin
    foreach named in array array['access_leaf', 'access_record']
    loop
        execute format('create trigger refuse before delete or truncate on ledger.%I'
            ' for each statement execute function registry.refuse()', named);
    end loop;
    alter function ledger.keep_leaf() owner to saphan_owner;
    alter function ledger.keep_record() owner to saphan_owner;
end $$;
