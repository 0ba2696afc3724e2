-- Uploads that come in several requests: the session says how, a row each says what is stored.
ALTER TABLE upload_session
    ADD COLUMN method          text COLLATE "C" NOT NULL DEFAULT 'plain'
        CHECK (method IN ('plain', 'resumable', 'single', 'multipart')),
    ADD COLUMN group_id        uuid,
    ADD COLUMN lane            text COLLATE "C" NOT NULL DEFAULT 'interactive'
        CHECK (lane IN ('interactive', 'bulk', 'backfill')),
    ADD COLUMN part_size       bigint CHECK (part_size > 0),
    ADD COLUMN store_upload_id text COLLATE "C",
    ADD COLUMN writer_epoch    int NOT NULL DEFAULT 0,
    ADD COLUMN tail_size       bigint NOT NULL DEFAULT 0 CHECK (tail_size >= 0),
    ADD COLUMN tail_token      text COLLATE "C",
    ADD COLUMN client_metadata text NOT NULL DEFAULT '';

CREATE TABLE file_part (
    upload_id uuid NOT NULL,
    studio_id uuid NOT NULL,
    number    int NOT NULL CHECK (number > 0),
    start     bigint NOT NULL CHECK (start >= 0),
    size      bigint NOT NULL CHECK (size >= 0),
    etag      text COLLATE "C" NOT NULL,
    PRIMARY KEY (studio_id, upload_id, number),
    FOREIGN KEY (studio_id, upload_id) REFERENCES upload_session ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE upload_group (
    id          uuid NOT NULL,
    studio_id   uuid NOT NULL REFERENCES studio,
    name        text NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    description text NOT NULL,
    PRIMARY KEY (studio_id, id)
);
ALTER TABLE upload_session
    ADD FOREIGN KEY (studio_id, group_id) REFERENCES upload_group DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX upload_session_of_group ON upload_session (studio_id, group_id) WHERE group_id IS NOT NULL;
-- What a process that vanished did not come to finish; few rows, looked for every few seconds.
CREATE INDEX upload_session_finalising ON upload_session (expires_at) WHERE status = 'FINALISING';
