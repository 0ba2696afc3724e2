-- Pieces of a file that nobody watches, and the uploads that are joined from them.
ALTER TABLE upload_session
    ALTER COLUMN job_id DROP NOT NULL,
    ADD COLUMN joined_from uuid[] NOT NULL DEFAULT '{}';
-- Few rows, looked for every few seconds.
CREATE INDEX upload_session_partial ON upload_session (expires_at) WHERE job_id IS NULL;
