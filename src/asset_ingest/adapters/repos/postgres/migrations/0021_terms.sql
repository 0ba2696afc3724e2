-- Words and tags in every order. An index of words has no order in it, so whoever sorts what has a common word fetches all
-- of it, 0.7 s at a million assets. Now each word has rows that say what lists are sorted by, as each tag had: a page is read
-- from where it begins, and no more of it than is shown. Each asset pays with some fifteen rows when it is ready (decision 0017).
SET CONSTRAINTS ALL IMMEDIATE;

DROP TRIGGER asset_tagged ON asset;
DROP TRIGGER asset_retagged ON asset;
DROP FUNCTION keep_asset_tags();
DROP TABLE asset_tag;

-- What stands for the shelf is no word, nor the beginning of one: whoever typed `she` was shown everything.
DROP INDEX asset_search;
ALTER TABLE asset DROP COLUMN search;
CREATE OR REPLACE FUNCTION asset_shelf(studio uuid, trashed boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN trashed THEN ':trash:' ELSE ':shelf:' END || studio
$$;
ALTER TABLE asset ADD COLUMN search tsvector GENERATED ALWAYS AS (
    asset_words(name, publisher_name, tags, custom, metadata, asset_shelf(studio_id, trashed_at IS NOT NULL))) STORED;
CREATE INDEX asset_search ON asset USING gin (search) WITH (fastupdate = off);

-- A reference to its asset would cost an index more, and a question for each row: they go with it by its trigger.
CREATE TABLE asset_term (
    studio_id  uuid NOT NULL,
    asset_id   uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    trashed    boolean NOT NULL,
    term       text COLLATE "C" NOT NULL,
    sort_name  text COLLATE "C" NOT NULL
);

-- Its words as the index of words has them, only the beginning of a very long one; and its tags behind '#', with which no
-- word begins. What has a colon is the shelf and no word.
CREATE FUNCTION asset_terms(search tsvector, tags text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(array_agg(DISTINCT term), '{}') FROM (
    SELECT left(word, 100) AS term FROM unnest(tsvector_to_array(search)) AS word WHERE strpos(word, ':') = 0
    UNION ALL
    SELECT '#' || tag FROM unnest(tags) AS tag
) AS found
$$;
INSERT INTO asset_term (studio_id, asset_id, created_at, updated_at, trashed, term, sort_name)
SELECT studio_id, id, created_at, updated_at, trashed_at IS NOT NULL, unnest(asset_terms(search, tags)), sort_name
FROM asset WHERE ready_at IS NOT NULL;
ALTER TABLE asset_term
    ADD CONSTRAINT asset_term_by_time PRIMARY KEY (studio_id, trashed, term, created_at, asset_id);
CREATE INDEX asset_term_by_name ON asset_term (studio_id, trashed, term, sort_name, asset_id);
CREATE INDEX asset_term_by_change ON asset_term (studio_id, trashed, term, updated_at, asset_id);
SELECT wall_off('asset_term');

-- Where what lists are sorted by has not changed, only the terms that are others are written: who renames a publisher renames it
-- in all of its assets.
CREATE FUNCTION keep_asset_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text[] := '{}';
    becomes text[] := '{}';
    in_place CONSTANT boolean := TG_OP = 'UPDATE'
        AND (OLD.studio_id, OLD.id, OLD.created_at, OLD.updated_at, OLD.sort_name, OLD.trashed_at IS NULL)
            = (NEW.studio_id, NEW.id, NEW.created_at, NEW.updated_at, NEW.sort_name, NEW.trashed_at IS NULL);
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.ready_at IS NOT NULL THEN
        was := asset_terms(OLD.search, OLD.tags);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.ready_at IS NOT NULL THEN
        becomes := asset_terms(NEW.search, NEW.tags);
    END IF;
    IF cardinality(was) > 0 THEN
        DELETE FROM asset_term WHERE studio_id = OLD.studio_id AND trashed = (OLD.trashed_at IS NOT NULL) AND term = ANY (was)
            AND created_at = OLD.created_at AND asset_id = OLD.id AND NOT (in_place AND term = ANY (becomes));
    END IF;
    IF cardinality(becomes) > 0 THEN
        INSERT INTO asset_term (studio_id, asset_id, created_at, updated_at, trashed, term, sort_name)
        SELECT NEW.studio_id, NEW.id, NEW.created_at, NEW.updated_at, NEW.trashed_at IS NOT NULL, term, NEW.sort_name
        FROM unnest(becomes) AS term WHERE NOT (in_place AND term = ANY (was))
        ON CONFLICT ON CONSTRAINT asset_term_by_time
            DO UPDATE SET updated_at = excluded.updated_at, sort_name = excluded.sort_name;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER asset_termed AFTER INSERT ON asset FOR EACH ROW
    WHEN (NEW.ready_at IS NOT NULL) EXECUTE FUNCTION keep_asset_terms();
CREATE TRIGGER asset_termed_anew AFTER UPDATE ON asset FOR EACH ROW WHEN (
    NEW.search IS DISTINCT FROM OLD.search OR NEW.tags IS DISTINCT FROM OLD.tags
        OR (NEW.id, NEW.created_at, NEW.updated_at, NEW.sort_name, NEW.ready_at IS NULL)
            <> (OLD.id, OLD.created_at, OLD.updated_at, OLD.sort_name, OLD.ready_at IS NULL)
) EXECUTE FUNCTION keep_asset_terms();
CREATE TRIGGER asset_forgotten AFTER DELETE ON asset FOR EACH ROW
    WHEN (OLD.ready_at IS NOT NULL) EXECUTE FUNCTION keep_asset_terms();
