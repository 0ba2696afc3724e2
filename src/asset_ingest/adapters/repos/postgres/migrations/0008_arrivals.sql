-- Uploads that go straight to the store: the type their one request was signed for, and when they were last looked for.
ALTER TABLE upload_session
    ADD COLUMN content_type  text COLLATE "C",
    ADD COLUMN looked_for_at timestamptz;
-- Few rows, looked through every few seconds.
CREATE INDEX upload_session_direct ON upload_session (studio_id, id)
    WHERE method IN ('single', 'multipart') AND status IN ('PENDING', 'UPLOADING');
