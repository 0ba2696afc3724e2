-- Whether bytes of an upload came through us under checksums of their own: what the store holds of such a one beyond its
-- ledger may be bytes that were refused, so only the ledger says what has arrived.
ALTER TABLE upload_session ADD COLUMN checked_appends boolean NOT NULL DEFAULT false;
