-- Lists that take as long at a million assets as at a thousand: what is asked of a filter stands in each order beside it.
SET CONSTRAINTS ALL IMMEDIATE;

CREATE INDEX asset_of_owner_by_name ON asset (studio_id, created_by, sort_name, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_owner_by_change ON asset (studio_id, created_by, updated_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_publisher_by_name ON asset (studio_id, publisher_id, sort_name, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_publisher_by_change ON asset (studio_id, publisher_id, updated_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_in_trash_by_name ON asset (studio_id, sort_name, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX asset_in_trash_by_change ON asset (studio_id, updated_at, id) WHERE trashed_at IS NOT NULL;

-- A tag's rows say what lists are sorted by: those of a common tag are read in that order, and no more of them than shown.
-- Those of the trash stay too, on a shelf of their own.
ALTER TABLE asset_tag
    ADD COLUMN trashed    boolean NOT NULL DEFAULT false,
    ADD COLUMN created_at timestamptz,
    ADD COLUMN sort_name  text COLLATE "C",
    ADD COLUMN updated_at timestamptz;
UPDATE asset_tag AS has SET created_at = asset.created_at, sort_name = asset.sort_name, updated_at = asset.updated_at
FROM asset WHERE asset.studio_id = has.studio_id AND asset.id = has.asset_id;
INSERT INTO asset_tag (studio_id, tag, asset_id, trashed, created_at, sort_name, updated_at)
SELECT studio_id, unnest(tags), id, true, created_at, sort_name, updated_at FROM asset
WHERE ready_at IS NOT NULL AND trashed_at IS NOT NULL ON CONFLICT DO NOTHING;
ALTER TABLE asset_tag
    ALTER COLUMN created_at SET NOT NULL, ALTER COLUMN sort_name SET NOT NULL, ALTER COLUMN updated_at SET NOT NULL;
CREATE INDEX asset_tag_by_time ON asset_tag (studio_id, tag, trashed, created_at, asset_id);
CREATE INDEX asset_tag_by_name ON asset_tag (studio_id, tag, trashed, sort_name, asset_id);
CREATE INDEX asset_tag_by_change ON asset_tag (studio_id, tag, trashed, updated_at, asset_id);

CREATE OR REPLACE FUNCTION keep_asset_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM asset_tag WHERE studio_id = NEW.studio_id AND asset_id = NEW.id
        AND (NEW.ready_at IS NULL OR tag <> ALL (NEW.tags));
    IF NEW.ready_at IS NOT NULL THEN
        INSERT INTO asset_tag (studio_id, tag, asset_id, trashed, created_at, sort_name, updated_at)
        SELECT NEW.studio_id, unnest(NEW.tags), NEW.id, NEW.trashed_at IS NOT NULL, NEW.created_at, NEW.sort_name, NEW.updated_at
        ON CONFLICT (studio_id, tag, asset_id) DO UPDATE SET trashed = excluded.trashed,
            sort_name = excluded.sort_name, updated_at = excluded.updated_at;
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER asset_retagged ON asset;
CREATE TRIGGER asset_retagged AFTER UPDATE ON asset FOR EACH ROW WHEN (
    cardinality(NEW.tags) + cardinality(OLD.tags) > 0 AND (
        NEW.tags IS DISTINCT FROM OLD.tags OR (NEW.trashed_at IS NULL) <> (OLD.trashed_at IS NULL)
        OR (NEW.ready_at IS NULL) <> (OLD.ready_at IS NULL) OR NEW.updated_at <> OLD.updated_at OR NEW.name <> OLD.name)
) EXECUTE FUNCTION keep_asset_tags();

-- --- filters together, and words: planned for what they ask, by the one function behind the wall ---------------------

-- A plan that is kept must suit every value; of two filters, which one is rare decides. So these are planned each time.
DROP FUNCTION search_assets;
DROP FUNCTION search_statement;
CREATE FUNCTION search_statement(sort text, descending boolean, trashed boolean, worded boolean, tagged boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
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
    CASE WHEN worded THEN 'search @@ $2' ELSE '$2::tsquery IS NULL' END,
    CASE WHEN tagged THEN format('JOIN asset_tag AS has ON has.studio_id = $1 AND has.tag = $6
        AND has.trashed = %L AND has.asset_id = asset.id', trashed) ELSE '' END,
    CASE WHEN tagged THEN 'has.asset_id' ELSE 'asset.id' END,
    CASE WHEN tagged THEN 'true' ELSE 'false' END)
$$;
CREATE FUNCTION search_assets(
    studio uuid, said text, trashed boolean, wanted_kind text, wanted_publisher uuid, owner uuid, wanted_tag text,
    since timestamptz, until timestamptz, sort text, descending boolean, after_value text, after_id uuid, most int
) RETURNS SETOF asset LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Behind the wall no index of words may be used, since its operator is not known to keep secrets: so this looks over
    -- the wall, and is one itself.
    IF studio IS DISTINCT FROM ingest_studio() THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE search_statement(sort, descending, trashed, said IS NOT NULL, wanted_tag IS NOT NULL)
        USING studio, CASE WHEN said IS NOT NULL THEN asset_query(said, asset_shelf(studio, trashed)) END, wanted_kind,
            wanted_publisher, owner, wanted_tag, since, until, after_value, after_id, most;
END $$;

-- --- parts of file names, in the history -----------------------------------------------------------------------------

-- Whatever holds a text holds each three characters of it in a row: by those a rare part of a name is found among a million.
-- A loop, since every new job pays for it: 6 µs where a query of the same took 32.
CREATE FUNCTION name_pieces(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    folded text := lower(left(name, 1000) COLLATE "default");
    pieces text[] := '{}';
BEGIN
    FOR place IN 1 .. length(folded) - 2 LOOP
        pieces[place] := substr(folded, place, 3);
    END LOOP;
    RETURN pieces;
END $$;
CREATE INDEX upload_job_pieces ON upload_job USING gin (name_pieces(original_filename));

CREATE FUNCTION search_jobs(studio uuid, before uuid, most int, said text, statuses text[]) RETURNS SETOF upload_job
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF studio IS DISTINCT FROM ingest_studio() THEN -- it looks over the wall, and so is one itself, as search_assets is
        RETURN;
    END IF;
    RETURN QUERY EXECUTE 'SELECT * FROM upload_job WHERE studio_id = $1 AND id < $2
            AND name_pieces(original_filename) @> $4 AND strpos(lower(original_filename COLLATE "default"), $5) > 0
            AND ($6::text[] IS NULL OR status = ANY($6)) ORDER BY id DESC LIMIT $3'
        USING studio, before, most, name_pieces(left(said, 1000)), lower(said COLLATE "default"), statuses;
END $$;
