-- Looking for assets by their terms, in the list's order; and for jobs by parts of their names among the newest first. Statements
-- are put together from quoted values and planned each time, since what is rare decides.

DROP FUNCTION search_assets;
DROP FUNCTION search_statement;
DROP FUNCTION assets_expected;

-- How many assets are asked for, as far as the planner knows. Volatile, since no other function may EXPLAIN.
CREATE FUNCTION assets_expected(asked text) RETURNS float8 LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM asset WHERE ' || asked INTO plan;
    RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END $$;
REVOKE ALL ON FUNCTION assets_expected FROM PUBLIC; -- it says something of what is in other studios

-- The term that is in whatever has these words and this tag, and in as few assets as can be: how many hold it is counted to
-- 5,001. A word alone may be the beginning of several terms, of 64 at most; then one of those is in whatever has it. None for
-- phrases, one word or another, and very long ones. The beginning of one word only is made that word: the index collects what
-- begins with something in a memory that forgets which rows it saw, so that all of them are fetched.
CREATE FUNCTION search_terms(
    studio uuid, shelf boolean, tag text, is_alone boolean, INOUT words tsquery, OUT terms text[], OUT held int
) LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    required CONSTANT text := substring(querytree(words) FROM '^\S+ & (.*)$'); -- without the shelf and what is not wanted
    plain CONSTANT text := '''[^''\\]{1,99}''(:\*)?';
    said text[];
    alike text[];
    counted int;
BEGIN
    FOR said IN
        SELECT DISTINCT each FROM regexp_matches(required, '''([^'']+)''(:\*)?', 'g') AS each
        WHERE required ~ format('^%s( & %1$s)*$', plain)
        UNION ALL
        SELECT ARRAY['#' || tag, NULL] WHERE tag IS NOT NULL
    LOOP
        alike := said[1:1];
        IF said[2] IS NOT NULL THEN
            WITH RECURSIVE found(term, place) AS (
                SELECT min(each.term), 1 FROM asset_term AS each
                WHERE each.studio_id = studio AND each.trashed = shelf AND each.term >= said[1]
                UNION ALL
                SELECT (SELECT min(each.term) FROM asset_term AS each
                    WHERE each.studio_id = studio AND each.trashed = shelf AND each.term > found.term), place + 1
                FROM found WHERE starts_with(found.term, said[1]) AND place <= 64
            )
            SELECT coalesce(array_agg(term), '{}') INTO alike FROM found WHERE starts_with(term, said[1]);
            IF cardinality(alike) = 1 AND length(alike[1]) < 100 THEN
                -- in its text: ts_rewrite takes the word for its beginning, and what is not wanted for what is
                words := replace(words::text, quote_literal(said[1]) || ':*', quote_literal(alike[1]))::tsquery;
            END IF;
        END IF;
        IF is_alone AND cardinality(alike) <= 64 THEN
            terms := alike;
        ELSIF cardinality(alike) <= 1 THEN
            SELECT count(*) INTO counted FROM (SELECT FROM asset_term AS each
                WHERE each.studio_id = studio AND each.trashed = shelf AND each.term = ANY (alike) LIMIT 5001) AS those;
            IF terms IS NULL OR counted < held THEN
                terms := alike;
                held := counted;
            END IF;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION search_assets(
    studio uuid, said text, trashed boolean, wanted_kind text, wanted_publisher uuid, owner uuid, wanted_tag text,
    since timestamptz, until timestamptz, sort text, descending boolean, after_value text, after_id uuid, most int
) RETURNS SETOF asset LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    words tsquery := asset_query(said, asset_shelf(studio, trashed));
    is_unfiltered CONSTANT boolean := num_nulls(wanted_kind, wanted_publisher, owner, wanted_tag, since, until) = 6;
    is_alone CONSTANT boolean := is_unfiltered AND coalesce(numnode(words) = 3, false); -- the shelf is a node, and the AND
    filters CONSTANT text := concat_ws(' AND ', 'studio_id = ' || quote_literal(studio), 'ready_at IS NOT NULL',
        CASE WHEN trashed THEN 'trashed_at IS NOT NULL' ELSE 'trashed_at IS NULL' END,
        'kind = ' || quote_literal(wanted_kind), 'publisher_id = ' || quote_literal(wanted_publisher),
        'created_by = ' || quote_literal(owner), quote_literal(wanted_tag) || ' = ANY (tags)',
        'created_at >= ' || quote_literal(since), 'created_at < ' || quote_literal(until));
    of_shelf CONSTANT text := format('listed.studio_id = %L AND listed.trashed = %L', studio, trashed);
    ordered CONSTANT text := format('listed.%1$I %2$s, listed.id %2$s', sort, CASE WHEN descending THEN 'DESC' ELSE 'ASC' END);
    beyond text := 'true';
    asked text;
    expected float8;
    terms text[];
    held int;
    here int := 0;
BEGIN
    -- Behind the wall no index of words may be used, since its operator is not known to keep secrets: so this looks over
    -- the wall, and is one itself.
    IF studio IS DISTINCT FROM ingest_studio() OR (said IS NOT NULL AND words IS NULL) THEN
        RETURN;
    END IF;
    IF after_id IS NOT NULL THEN
        beyond := format('(listed.%I, listed.id) %s (%s, %L)', sort, CASE WHEN descending THEN '<' ELSE '>' END,
            CASE sort WHEN 'sort_name' THEN format('lower(left(%L, 200) COLLATE "default") COLLATE "C"', after_value)
                ELSE quote_literal(after_value) || '::timestamptz' END, after_id);
    END IF;
    IF sort = 'created_at' THEN -- then what was made when is in the list's order too
        beyond := concat_ws(' AND ', beyond, 'listed.created_at >= ' || quote_literal(since),
            'listed.created_at < ' || quote_literal(until));
    END IF;
    IF said IS NOT NULL OR wanted_tag IS NOT NULL THEN
        SELECT * INTO words, terms, held FROM search_terms(studio, trashed, wanted_tag, is_alone, words);
    END IF;
    asked := concat_ws(' AND ', filters, 'search @@ ' || quote_literal(words) || '::tsquery');
    IF (said IS NOT NULL OR wanted_tag IS NOT NULL) AND (terms IS NULL OR NOT is_alone) THEN
        expected := assets_expected(concat_ws(' AND ', filters, -- which say whose they are, so the shelf says it again
            'search @@ ' || quote_literal(regexp_replace(words::text, '^\S+ & ', '')) || '::tsquery'));
    END IF;

    IF terms IS NOT NULL AND (is_alone OR expected > 200 OR (wanted_tag IS NOT NULL AND held <= 5000)) THEN
        -- From those with the term, in the list's order: as many as are shown, or some thousands of which some are wanted.
        RETURN QUERY EXECUTE format(
            'SELECT asset.* FROM (
                SELECT DISTINCT listed.%1$I, listed.id FROM unnest(%2$L::text[]) AS wanted(term) CROSS JOIN LATERAL (
                    SELECT listed.%1$I, listed.id FROM asset_term AS listed(studio_id, id)
                    WHERE %3$s AND listed.term = wanted.term AND %4$s ORDER BY %5$s LIMIT %6$s
                ) AS listed ORDER BY %5$s LIMIT %6$s
            ) AS listed CROSS JOIN LATERAL (SELECT * FROM asset WHERE asset.id = listed.id AND %7$s OFFSET 0) AS asset
            ORDER BY %5$s LIMIT %8$s',
            sort, terms, of_shelf, beyond, ordered, CASE WHEN is_alone THEN most ELSE 5000 END, asked, most);
        GET DIAGNOSTICS here = ROW_COUNT;
        IF is_alone OR here = most OR held <= 5000 THEN
            RETURN;
        END IF;
        EXECUTE format('SELECT count(*) FROM (
                SELECT FROM asset_term AS listed(studio_id, id) WHERE %s AND listed.term = %L AND %s LIMIT 5001) AS those',
            of_shelf, terms[1], beyond) INTO held;
        IF held <= 5000 THEN
            RETURN;
        END IF;
    ELSIF is_unfiltered AND expected * 100 >= (SELECT reltuples FROM pg_class WHERE oid = 'asset'::regclass) THEN
        -- Where one in a hundred has the words, a page is most likely near.
        RETURN QUERY EXECUTE format(
            'SELECT * FROM (SELECT * FROM asset AS listed WHERE %s AND %s ORDER BY %s LIMIT 5000) AS listed
            WHERE search @@ %L::tsquery ORDER BY %3$s LIMIT %5$s', filters, beyond, ordered, words, most);
        GET DIAGNOSTICS here = ROW_COUNT;
        IF here = most THEN
            RETURN;
        END IF;
    END IF;
    -- From all, without those that were found: by the index of words, and sorted; or as the planner likes with these filters.
    RETURN QUERY EXECUTE format(
        CASE WHEN is_unfiltered
            THEN 'SELECT * FROM (SELECT * FROM asset AS listed WHERE %s AND %s OFFSET 0) AS listed'
            ELSE 'SELECT * FROM asset AS listed WHERE %s AND %s'
        END || ' ORDER BY %s LIMIT %s OFFSET %s', asked, beyond, ordered, most - here, here);
END $$;

-- --- parts of file names: a common one is soon found among the newest, a rare one by its pieces ----------------------

DROP FUNCTION search_jobs;
CREATE FUNCTION search_jobs(studio uuid, before uuid, most int, said text, statuses text[]) RETURNS SETOF upload_job
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named CONSTANT text := 'strpos(lower(original_filename COLLATE "default"), $4) > 0';
    each_status CONSTANT text := ( -- is a list of its own, in the order in which they are put together
        SELECT string_agg(format('SELECT * FROM upload_job WHERE studio_id = $1 AND id < $2 AND %s',
            CASE WHEN status IS NULL THEN 'true' ELSE format('status = %L', status) END), ' UNION ALL ')
        FROM unnest(coalesce(statuses, ARRAY[NULL])) AS status);
    folded CONSTANT text := lower(said COLLATE "default");
    here int;
BEGIN
    IF studio IS DISTINCT FROM ingest_studio() THEN -- it looks over the wall, and so is one itself, as search_assets is
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
            'SELECT * FROM (SELECT * FROM (%s) AS listed ORDER BY id DESC LIMIT 5000) AS job
                WHERE %s ORDER BY id DESC LIMIT $3', each_status, named)
        USING studio, before, most, folded;
    GET DIAGNOSTICS here = ROW_COUNT;
    IF here < most THEN
        RETURN QUERY EXECUTE format(
                'SELECT * FROM upload_job WHERE studio_id = $1 AND id < $2 AND name_pieces(original_filename) @> $5
                    AND %s AND ($6::text[] IS NULL OR status = ANY($6)) ORDER BY id DESC LIMIT $3 OFFSET $7', named)
            USING studio, before, most - here, folded, name_pieces(left(said, 1000)), statuses, here;
    END IF;
END $$;
