-- The second wall between studios: whatever a statement forgets, the runtime role sees the rows of one studio alone.
-- It only stands because neither role here is superuser, owner or above such policies; `serve` refuses to start otherwise.

-- Roles belong to the whole server: another database of ours may have made them, or be making them right now. Who may
-- make none has somebody else run these lines first.
DO $$
DECLARE
    made name;
BEGIN
    FOREACH made IN ARRAY ARRAY['ingest_app', 'ingest_system'] LOOP -- one studio in a transaction; what is no studio's
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', made);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF NOT pg_has_role(made, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', made, current_user);
        END IF;
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ingest_system;
REVOKE ALL ON schema_migration FROM ingest_system;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ingest_system;

-- The studio of the transaction, as `BEGIN` says it; without one there are no rows.
CREATE FUNCTION ingest_studio() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('ingest.studio', true), '')::uuid;

-- Every table with rows of studios is walled off by this, those of later migrations too; a test finds who forgets it.
CREATE FUNCTION wall_off(walled regclass, owner_column name DEFAULT 'studio_id') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format('CREATE POLICY own_studio ON %s TO ingest_app USING (%I = ingest_studio()) WITH CHECK (%I = ingest_studio())',
        walled, owner_column, owner_column);
    EXECUTE format('CREATE POLICY all_studios ON %s TO ingest_system USING (true) WITH CHECK (true)', walled);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ingest_app', walled);
END $$;

SELECT wall_off('studio', 'id');
SELECT wall_off(attrelid::regclass) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
WHERE attname = 'studio_id' AND NOT attisdropped;
