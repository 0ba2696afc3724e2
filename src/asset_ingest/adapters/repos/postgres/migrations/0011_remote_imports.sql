-- Files that we fetch ourselves. A table of its own, so that no statement about uploads ever reads an address; its rows go
-- with the end of their uploads, and there are as few as are being fetched or wait for that.
ALTER TABLE upload_session DROP CONSTRAINT upload_session_method_check;
ALTER TABLE upload_session ADD CONSTRAINT upload_session_method_check
    CHECK (method IN ('plain', 'resumable', 'single', 'multipart', 'remote'));

CREATE TABLE remote_import (
    upload_id   uuid NOT NULL,
    studio_id   uuid NOT NULL,
    url         text COLLATE "C" NOT NULL,
    keeps_name  boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    not_before  timestamptz NOT NULL,
    version     text COLLATE "C",
    failures    int NOT NULL CHECK (failures >= 0),
    lease_token uuid,
    lease_until timestamptz,
    PRIMARY KEY (studio_id, upload_id),
    FOREIGN KEY (studio_id, upload_id) REFERENCES upload_session ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
