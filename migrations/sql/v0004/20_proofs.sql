-- Tiles and proofs, read by whoever may read the hashes. Hashes are public: a leaf's salt keeps them
-- from telling of its content.

-- The hashes of a tile side by side, 32 bytes each; null where it is not that wide yet.
create function ledger.tile(of_level integer, of_index bigint, width integer) returns bytea
language sql stable parallel safe set search_path = pg_catalog as $$
    select case when octet_length(found.hashes) = 32 * width then found.hashes end from (
        select string_agg(p.leaf_hash, '' order by p.leaf_index) as hashes
            from ledger.leaf_position p where of_level = 0
            and p.leaf_index >= of_index * 256 and p.leaf_index < of_index * 256 + width
        union all
        select string_agg(h.hash, '' order by h.index) from ledger.tile_hash h
            where of_level > 0 and h.level = of_level
            and h.index >= of_index * 256 and h.index < of_index * 256 + width
    ) found where found.hashes is not null
$$;

-- RFC 6962 2.1: the hash of the leaves from `low` up to, without, `high`.
create function ledger.tree_hash(low bigint, high bigint) returns bytea
language plpgsql stable parallel safe set search_path = pg_catalog as $$
declare
    width bigint := high - low;
    half bigint := 1;
    height integer := 0;
    unit bigint := 1;
    found bytea;
begin
    while unit * 256 <= width loop
        unit := unit * 256;
        height := height + 1;
    end loop;
    if unit = width then
        if height = 0 then
            select p.leaf_hash into strict found from ledger.leaf_position p where p.leaf_index = low;
        else
            select h.hash into strict found from ledger.tile_hash h
                where h.level = height and h.index = low / unit;
        end if;
        return found;
    end if;
    while half * 2 < width loop
        half := half * 2;
    end loop;
    return sha256('\x01'::bytea || ledger.tree_hash(low, low + half) || ledger.tree_hash(low + half, high));
end $$;

-- RFC 6962 2.1.1: the way from a leaf to the root of the tree of that size, nearest first.
create function ledger.inclusion_proof(leaf bigint, size bigint) returns bytea[]
language plpgsql stable parallel safe set search_path = pg_catalog as $$
declare
    low bigint := 0;
    high bigint := size;
    half bigint;
    way bytea[] := '{}';
begin
    while high - low > 1 loop
        half := 1;
        while half * 2 < high - low loop
            half := half * 2;
        end loop;
        if leaf < low + half then
            way := ledger.tree_hash(low + half, high) || way;
            high := low + half;
        else
            way := ledger.tree_hash(low, low + half) || way;
            low := low + half;
        end if;
    end loop;
    return way;
end $$;

-- The newest checkpoint with the cosignatures that stand on it.
create function ledger.signed_checkpoint(of_size bigint) returns text
language sql stable parallel safe set search_path = pg_catalog as $$
    select c.note || coalesce((select string_agg(w.line, '' order by w.witness)
        from ledger.cosignature w where w.size = c.size), '')
    from ledger.checkpoint c where c.size = of_size
$$;

-- C2SP tlog-proof: the leaf under the newest checkpoint; null before it is in the tree.
create function ledger.proof_text(leaf bigint) returns text
language sql stable parallel safe set search_path = pg_catalog as $$
    select E'c2sp.org/tlog-proof@v1\nindex ' || leaf || E'\n'
        || coalesce((select string_agg(encode(w.hash, 'base64') || E'\n', '' order by w.n)
            from unnest(ledger.inclusion_proof(leaf, c.size)) with ordinality w(hash, n)), '')
        || E'\n' || ledger.signed_checkpoint(c.size)
    from (select max(size) as size from ledger.checkpoint) c where leaf < c.size
$$;

do $$
declare
    named text;
begin
    foreach named in array array['tile(integer, bigint, integer)', 'tree_hash(bigint, bigint)',
        'inclusion_proof(bigint, bigint)', 'signed_checkpoint(bigint)', 'proof_text(bigint)']
    loop
        execute format('alter function ledger.%s owner to saphan_owner', named);
    end loop;
end $$;
