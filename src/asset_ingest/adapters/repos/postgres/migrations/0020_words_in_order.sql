-- Words in an order. An index of words has no order in it, and what is known of how common words are says nothing of where
-- in a list they stand: names often begin with the word that is looked for, and two common words may meet nowhere. To go
-- through the list until a page is found then meant its end, 7 s at a million assets. So nobody goes further than this far:
-- after 5,000 assets all with the words are looked up by their index, and sorted.

DROP FUNCTION search_assets;
DROP FUNCTION search_statement;

-- How assets are chosen: 'filtered' as the planner likes, of the 'near' ones those with the words, or of all with the 'words'.
CREATE FUNCTION search_statement(sort text, descending boolean, trashed boolean, worded boolean, tagged boolean, how text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format(
    CASE how
        WHEN 'near' THEN 'SELECT * FROM (SELECT %1$s LIMIT 5000) AS asset WHERE search @@ $2 ORDER BY %3$s LIMIT $11'
        WHEN 'words' THEN 'SELECT * FROM (SELECT %2$s OFFSET 0) AS asset ORDER BY %3$s LIMIT $11 OFFSET $12'
        ELSE 'SELECT %1$s LIMIT $11'
    END, chosen || ' ORDER BY ' || ordered, chosen, ordered)
FROM (
    SELECT format('%I.%I', CASE WHEN tagged THEN 'has' ELSE 'asset' END, sort) AS value,
        CASE WHEN tagged THEN 'has.asset_id' ELSE 'asset.id' END AS id,
        CASE WHEN descending THEN 'DESC' ELSE 'ASC' END AS way
) AS named
CROSS JOIN LATERAL (
    SELECT format('%s %s, %s %s', value, way, id, way) AS ordered, format(
        'asset.* FROM asset %6$s WHERE asset.studio_id = $1 AND %5$s
            AND ready_at IS NOT NULL AND trashed_at IS %1$s NULL
            AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR publisher_id = $4)
            AND ($5::uuid IS NULL OR created_by = $5) AND ($6::text IS NULL OR %7$s)
            AND ($7::timestamptz IS NULL OR asset.created_at >= $7) AND ($8::timestamptz IS NULL OR asset.created_at < $8)
            AND ($10::uuid IS NULL OR (%2$s, %8$s) %3$s (%4$s, $10))',
        CASE WHEN trashed THEN 'NOT' ELSE '' END, value, CASE WHEN descending THEN '<' ELSE '>' END,
        CASE sort WHEN 'sort_name' THEN 'lower(left($9, 200) COLLATE "default") COLLATE "C"' ELSE '$9::timestamptz' END,
        CASE WHEN how = 'near' THEN 'true' WHEN worded THEN 'search @@ $2' ELSE '$2::tsquery IS NULL' END,
        CASE WHEN tagged THEN format('JOIN asset_tag AS has ON has.studio_id = $1 AND has.tag = $6
            AND has.trashed = %L AND has.asset_id = asset.id', trashed) ELSE '' END,
        CASE WHEN tagged THEN 'true' ELSE 'false' END, id) AS chosen
) AS made
$$;

-- How many assets have these words, as far as the planner knows, in all studios.
CREATE FUNCTION assets_expected(words tsquery) RETURNS float8 LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$ -- no other may EXPLAIN
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM asset WHERE search @@ %L::tsquery', words) INTO plan;
    RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
REVOKE ALL ON FUNCTION assets_expected FROM PUBLIC; -- it says something of what is in other studios

CREATE FUNCTION search_assets(
    studio uuid, said text, trashed boolean, wanted_kind text, wanted_publisher uuid, owner uuid, wanted_tag text,
    since timestamptz, until timestamptz, sort text, descending boolean, after_value text, after_id uuid, most int
) RETURNS SETOF asset LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words tsquery;
    here int := 0;
    way text := 'filtered';
BEGIN
    -- Behind the wall no index of words may be used, since its operator is not known to keep secrets: so this looks over
    -- the wall, and is one itself.
    IF studio IS DISTINCT FROM ingest_studio() THEN
        RETURN;
    END IF;
    IF said IS NOT NULL THEN
        words := asset_query(said, asset_shelf(studio, trashed));
        IF num_nulls(wanted_kind, wanted_publisher, owner, wanted_tag, since, until) = 6 THEN
            way := 'words';
            -- Where one in a hundred has them, a page is most likely near.
            IF assets_expected(words) * 100 >= (SELECT reltuples FROM pg_class WHERE oid = 'asset'::regclass) THEN
                RETURN QUERY EXECUTE search_statement(sort, descending, trashed, true, false, 'near')
                    USING studio, words, wanted_kind, wanted_publisher, owner, wanted_tag, since, until, after_value, after_id, most;
                GET DIAGNOSTICS here = ROW_COUNT;
            END IF;
        END IF;
    END IF;
    IF here < most THEN
        RETURN QUERY EXECUTE search_statement(sort, descending, trashed, said IS NOT NULL, wanted_tag IS NOT NULL, way)
            USING studio, words, wanted_kind, wanted_publisher, owner, wanted_tag, since, until, after_value, after_id,
                most - here, here;
    END IF;
END $$;
