-- Assets that people edit, sort away and look for; versions beyond the first; facts that say from where.

-- What is checked at the end of the transaction stands in the way of changing a table whose rows were just changed.
SET CONSTRAINTS ALL IMMEDIATE;

ALTER TABLE asset
    ADD COLUMN tags           text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN custom         jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN latest_version int NOT NULL DEFAULT 1, -- the highest number given to a version, under this row's lock
    ADD COLUMN trashed_at     timestamptz,
    -- What lists are sorted by and searched in; no fields, so that no writer can forget them.
    ADD COLUMN sort_name      text COLLATE "C" GENERATED ALWAYS AS (lower(left(name, 200) COLLATE "default")) STORED,
    ADD COLUMN publisher_name text NOT NULL DEFAULT '';

ALTER TABLE asset_version ADD COLUMN change_note text NOT NULL DEFAULT '';
-- Every asset has had one version until now: what the asset is known by is what that version says.
UPDATE asset_version AS version SET facts = facts || jsonb_build_object('described', jsonb_build_object(
    'name', name, 'kind', kind, 'metadata', metadata, 'provenance', provenance, 'publisher_id', publisher_id))
FROM asset WHERE asset.studio_id = version.studio_id AND asset.id = version.asset_id;

ALTER TABLE upload_session
    ADD COLUMN asset_id    uuid, -- refers to nobody: the asset may be gone before the bytes have come
    ADD COLUMN change_note text NOT NULL DEFAULT '',
    ADD COLUMN restores    boolean NOT NULL DEFAULT false,
    -- Which content the bytes turned out to be is remembered when nobody has that content any more.
    DROP CONSTRAINT upload_session_studio_id_blob_id_fkey;
DROP INDEX upload_session_of_blob;
ALTER TABLE pipeline_run
    DROP CONSTRAINT pipeline_run_studio_id_version_id_fkey,
    ADD FOREIGN KEY (studio_id, version_id) REFERENCES asset_version ON DELETE SET NULL (version_id)
        DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE fact
    ADD COLUMN remote text COLLATE "C",
    ADD COLUMN agent  text;
CREATE INDEX fact_of_subject ON fact (studio_id, subject_id, seq);

-- The catalogue's pages: sorted three ways, all or of a kind; of a publisher or an owner by their time. And the trash.
DROP INDEX asset_ready, asset_ready_of_kind, asset_ready_of_publisher;
CREATE INDEX asset_by_time ON asset (studio_id, created_at, id) WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_by_name ON asset (studio_id, sort_name, id) WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_by_change ON asset (studio_id, updated_at, id) WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_kind_by_time ON asset (studio_id, kind, created_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_kind_by_name ON asset (studio_id, kind, sort_name, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_kind_by_change ON asset (studio_id, kind, updated_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_publisher ON asset (studio_id, publisher_id, created_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_of_owner ON asset (studio_id, created_by, created_at, id)
    WHERE ready_at IS NOT NULL AND trashed_at IS NULL;
CREATE INDEX asset_in_trash ON asset (studio_id, created_at, id) WHERE trashed_at IS NOT NULL;

-- --- tags: a row for each tag of what is in the catalogue, to be counted and to be looked for -----------------------

CREATE TABLE asset_tag (
    studio_id uuid NOT NULL,
    tag       text COLLATE "C" NOT NULL,
    asset_id  uuid NOT NULL,
    PRIMARY KEY (studio_id, tag, asset_id),
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE CASCADE
);
CREATE INDEX asset_tag_of_asset ON asset_tag (studio_id, asset_id);

CREATE FUNCTION keep_asset_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM asset_tag WHERE studio_id = NEW.studio_id AND asset_id = NEW.id;
    IF NEW.ready_at IS NOT NULL AND NEW.trashed_at IS NULL THEN
        INSERT INTO asset_tag (studio_id, tag, asset_id) SELECT NEW.studio_id, unnest(NEW.tags), NEW.id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER asset_tagged AFTER INSERT ON asset FOR EACH ROW
    WHEN (cardinality(NEW.tags) > 0) EXECUTE FUNCTION keep_asset_tags();
CREATE TRIGGER asset_retagged AFTER UPDATE ON asset FOR EACH ROW WHEN (
    NEW.tags IS DISTINCT FROM OLD.tags OR (NEW.trashed_at IS NULL) <> (OLD.trashed_at IS NULL)
        OR (NEW.ready_at IS NULL) <> (OLD.ready_at IS NULL)
) EXECUTE FUNCTION keep_asset_tags();

-- --- words: of name, tags, metadata and publisher -------------------------------------------------------------------

CREATE FUNCTION name_publisher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.publisher_name := coalesce((
        SELECT name FROM publisher WHERE publisher.studio_id = NEW.studio_id AND publisher.id = NEW.publisher_id), '');
    RETURN NEW;
END $$;
CREATE TRIGGER asset_published_first BEFORE INSERT ON asset FOR EACH ROW
    WHEN (NEW.publisher_id IS NOT NULL) EXECUTE FUNCTION name_publisher();
CREATE TRIGGER asset_published BEFORE UPDATE ON asset FOR EACH ROW
    WHEN (NEW.publisher_id IS DISTINCT FROM OLD.publisher_id) EXECUTE FUNCTION name_publisher();
UPDATE asset SET publisher_name = publisher.name FROM publisher
WHERE publisher.studio_id = asset.studio_id AND publisher.id = asset.publisher_id;

CREATE FUNCTION rename_publisher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE asset SET publisher_name = NEW.name WHERE studio_id = NEW.studio_id AND publisher_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER publisher_renamed AFTER UPDATE ON publisher FOR EACH ROW
    WHEN (NEW.name IS DISTINCT FROM OLD.name) EXECUTE FUNCTION rename_publisher();
CREATE INDEX asset_with_publisher ON asset (studio_id, publisher_id) WHERE publisher_id IS NOT NULL;

-- The parser takes `Low_Poly.v2` and `a/b` for one word each; people do not. No text here can be too long for it. Whose
-- the words are, and whether they lie in the trash, stands among them: so one index finds the words of one studio's
-- catalogue. Immutable, though to make a text of an array need not be: of texts it is.
CREATE FUNCTION asset_shelf(studio uuid, trashed boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN trashed THEN 'trash:' ELSE 'shelf:' END || studio
$$;
CREATE FUNCTION asset_words(name text, publisher text, tags text[], custom jsonb, metadata jsonb, shelf text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT to_tsvector('pg_catalog.simple', translate(
        left(concat_ws(' ', name, publisher, array_to_string(tags, ' '), custom, metadata), 65536),
        '_-./\:"{}[],', '            '))
    || array_to_tsvector(ARRAY[shelf])
$$;
ALTER TABLE asset ADD COLUMN search tsvector GENERATED ALWAYS AS (
    asset_words(name, publisher_name, tags, custom, metadata, asset_shelf(studio_id, trashed_at IS NOT NULL))) STORED;
CREATE INDEX asset_search ON asset USING gin (search) WITH (fastupdate = off);

-- What a person types, as a search for all of its words: "a phrase", -not, one or another, and the last word may be the
-- beginning of one. NULL where no word is in it.
CREATE FUNCTION asset_query(said text, shelf text) RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
    plain CONSTANT text := regexp_replace(translate(said, '_./\:', '     '), '(\w)-+(?=\w)', '\1 ', 'g');
    parts CONSTANT text[] := regexp_match(plain, '^(|.*\s)(\w+)$');
    wanted tsquery;
BEGIN
    IF parts IS NULL OR parts[1] ~* '\yor\s+$' OR length(parts[1]) - length(replace(parts[1], '"', '')) = 1 THEN
        wanted := websearch_to_tsquery('pg_catalog.simple', plain);
    ELSE
        wanted := websearch_to_tsquery('pg_catalog.simple', parts[1])
            && to_tsquery('pg_catalog.simple', parts[2] || ':*');
    END IF;
    IF numnode(wanted) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN quote_literal(shelf)::tsquery && wanted;
END $$;

-- The one place where words are looked for. Every search is planned for its own words: rare ones are found by the index
-- of words, common ones by going through the list in its order.
CREATE FUNCTION search_statement(sort text, descending boolean, trashed boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT format(
    'SELECT * FROM asset WHERE studio_id = $1 AND search @@ $2 AND ready_at IS NOT NULL AND trashed_at IS %1$s NULL
        AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR publisher_id = $4)
        AND ($5::uuid IS NULL OR created_by = $5) AND ($6::text IS NULL OR $6 = ANY(tags))
        AND ($7::timestamptz IS NULL OR created_at >= $7) AND ($8::timestamptz IS NULL OR created_at < $8)
        AND ($10::uuid IS NULL OR (%2$I, id) %3$s (%4$s, $10)) ORDER BY %2$I %5$s, id %5$s LIMIT $11',
    CASE WHEN trashed THEN 'NOT' ELSE '' END, sort, CASE WHEN descending THEN '<' ELSE '>' END,
    CASE sort WHEN 'sort_name' THEN 'lower(left($9, 200) COLLATE "default") COLLATE "C"' ELSE '$9::timestamptz' END,
    CASE WHEN descending THEN 'DESC' ELSE 'ASC' END)
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
    RETURN QUERY EXECUTE search_statement(sort, descending, trashed)
        USING studio, asset_query(said, asset_shelf(studio, trashed)), wanted_kind, wanted_publisher, owner, wanted_tag, since, until,
            after_value, after_id, most;
END $$;

SELECT wall_off('asset_tag');
