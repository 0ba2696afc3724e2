-- What a studio takes up, for those that may not take up everything.

-- The sum of its blobs, kept beside them: a studio has more of them than can be summed for each upload. The database
-- counts by itself, at the commit that adds or removes a blob, so this row is held for no longer than that commit takes.
CREATE TABLE studio_usage (
    studio_id uuid PRIMARY KEY REFERENCES studio,
    stored    bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO studio_usage (studio_id, stored) SELECT studio_id, sum(size) FROM blob GROUP BY studio_id;

CREATE FUNCTION count_blob() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO studio_usage AS known (studio_id, stored)
    VALUES (coalesce(NEW.studio_id, OLD.studio_id), coalesce(NEW.size, 0) - coalesce(OLD.size, 0))
    ON CONFLICT (studio_id) DO UPDATE SET stored = known.stored + excluded.stored;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER blob_counted AFTER INSERT OR DELETE ON blob DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION count_blob();

-- What has arrived and waits for its digest: until then it is in nobody's blob.
CREATE INDEX upload_session_arrived ON upload_session (studio_id) INCLUDE (job_id, size)
    WHERE status = 'COMPLETED' AND blob_id IS NULL;

CREATE FUNCTION usage_of(studio uuid, OUT stored bigint, OUT uploads bigint) LANGUAGE sql STABLE AS $$
SELECT (bytes + arrived + coalesce((SELECT known.stored FROM studio_usage AS known WHERE studio_id = studio), 0))::bigint,
    under_way
FROM (
    SELECT count(*) AS under_way, coalesce(sum(coalesce(size, tail_size + (
        SELECT coalesce(sum(file_part.size), 0) FROM file_part
        WHERE file_part.studio_id = studio AND upload_id = upload_session.id))), 0) AS bytes
    FROM upload_session WHERE studio_id = studio AND status IN ('PENDING', 'UPLOADING', 'FINALISING')
) AS in_transit, (
    SELECT coalesce(sum(size), 0) AS arrived FROM upload_session
    WHERE studio_id = studio AND status = 'COMPLETED' AND blob_id IS NULL AND NOT EXISTS (
        SELECT FROM upload_job WHERE upload_job.studio_id = studio AND id = job_id AND upload_job.status = 'CANCELLED')
) AS in_line
$$;

-- Two claims at once must not both take the last place, and yet small files must not stand in line for one another.
-- So as long as all small claims that this server can have at once (a connection each) would still fit, a claim only
-- shares the lock. Otherwise it holds it alone until its transaction ends, and sees all that was claimed before.
CREATE FUNCTION claim_room(
    studio uuid, wanted bigint, most_stored bigint, most_uploads bigint, OUT stored bigint, OUT uploads bigint
) LANGUAGE plpgsql AS $$
DECLARE
    lock CONSTANT bigint := hashtextextended('asset_ingest.claim:' || studio, 0);
    small CONSTANT bigint := 1048576;
    at_once CONSTANT bigint := current_setting('max_connections')::bigint;
BEGIN
    IF wanted <= small THEN
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(lock);
            SELECT * INTO stored, uploads FROM usage_of(studio);
            IF coalesce(stored + at_once * small <= most_stored, true) AND coalesce(uploads + at_once <= most_uploads, true)
            THEN
                RETURN;
            END IF;
            RAISE SQLSTATE 'AI001';
        EXCEPTION WHEN SQLSTATE 'AI001' THEN
            NULL; -- which gives the shared lock back: two that share it could never both have it alone
        END;
    END IF;
    PERFORM pg_advisory_xact_lock(lock);
    SELECT * INTO stored, uploads FROM usage_of(studio);
END $$;
