-- Several words that are each common may meet nowhere. What is known of each by itself says nothing of that, so the plan was
-- to go through the list until a page of them is found, to its end: 1.5 s at a million assets.

-- The first assets with all these words, by the index of words alone; 501 if there are more.
CREATE FUNCTION assets_with(words tsquery) RETURNS uuid[] LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
BEGIN
    RETURN ARRAY(SELECT id FROM asset WHERE search @@ words LIMIT 501);
END $$;

DROP FUNCTION search_assets;
DROP FUNCTION search_statement;
CREATE FUNCTION search_statement(
    sort text, descending boolean, trashed boolean, worded boolean, tagged boolean, few boolean
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format(
    'SELECT asset.* FROM asset %7$s WHERE asset.studio_id = $1 AND %6$s
        AND ready_at IS NOT NULL AND trashed_at IS %1$s NULL
        AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR publisher_id = $4)
        AND ($5::uuid IS NULL OR created_by = $5) AND ($6::text IS NULL OR %9$s)
        AND ($7::timestamptz IS NULL OR asset.created_at >= $7) AND ($8::timestamptz IS NULL OR asset.created_at < $8)
        AND ($10::uuid IS NULL OR (%2$s, %8$s) %3$s (%4$s, $10)) ORDER BY %2$s %5$s, %8$s %5$s LIMIT $11',
    CASE WHEN trashed THEN 'NOT' ELSE '' END,
    format('%I.%I', CASE WHEN tagged THEN 'has' ELSE 'asset' END, sort),
    CASE WHEN descending THEN '<' ELSE '>' END,
    CASE sort WHEN 'sort_name' THEN 'lower(left($9, 200) COLLATE "default") COLLATE "C"' ELSE '$9::timestamptz' END,
    CASE WHEN descending THEN 'DESC' ELSE 'ASC' END,
    CASE WHEN few THEN 'search @@ $2 AND asset.id = ANY ($12)' WHEN worded THEN 'search @@ $2' ELSE '$2::tsquery IS NULL' END,
    CASE WHEN tagged THEN format('JOIN asset_tag AS has ON has.studio_id = $1 AND has.tag = $6
        AND has.trashed = %L AND has.asset_id = asset.id', trashed) ELSE '' END,
    CASE WHEN tagged THEN 'has.asset_id' ELSE 'asset.id' END,
    CASE WHEN tagged THEN 'true' ELSE 'false' END)
$$;
CREATE FUNCTION search_assets(
    studio uuid, said text, trashed boolean, wanted_kind text, wanted_publisher uuid, owner uuid, wanted_tag text,
    since timestamptz, until timestamptz, sort text, descending boolean, after_value text, after_id uuid, most int
) RETURNS SETOF asset LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words CONSTANT tsquery := CASE WHEN said IS NOT NULL THEN asset_query(said, asset_shelf(studio, trashed)) END;
    few uuid[];
BEGIN
    -- Behind the wall no index of words may be used, since its operator is not known to keep secrets: so this looks over
    -- the wall, and is one itself.
    IF studio IS DISTINCT FROM ingest_studio() THEN
        RETURN;
    END IF;
    -- The shelf is a word, too. Of a phrase the index knows the words and not their order, so it says little of how many.
    IF numnode(words) >= 5 AND strpos(words::text, '<') = 0 THEN
        few := assets_with(words);
    END IF;
    RETURN QUERY EXECUTE search_statement(
            sort, descending, trashed, said IS NOT NULL, wanted_tag IS NOT NULL, coalesce(cardinality(few), 501) <= 500)
        USING studio, words, wanted_kind, wanted_publisher, owner, wanted_tag, since, until, after_value, after_id, most, few;
END $$;
