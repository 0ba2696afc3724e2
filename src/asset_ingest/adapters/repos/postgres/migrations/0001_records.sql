-- One table per dataclass of core/model, one column per field, under the same names; needs nothing but core PostgreSQL 15.
-- References wait for the end of the transaction (DEFERRED), so that nobody has to know an order of writing.
-- `created_by` refers to nobody: a member may go, what they made stays.

CREATE TABLE studio (
    id         uuid PRIMARY KEY,
    name       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    weight     int NOT NULL DEFAULT 1 CHECK (weight > 0), -- its share when studios take turns
    last_seq   bigint NOT NULL DEFAULT 0                  -- the highest number given to one of its facts
);

CREATE TABLE member (
    id         uuid NOT NULL,
    studio_id  uuid NOT NULL REFERENCES studio,
    name       text COLLATE "C" NOT NULL,
    role       text COLLATE "C" NOT NULL CHECK (role IN ('ARTIST', 'DIRECTOR', 'PRODUCER', 'ADMIN')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (studio_id, id)
);

CREATE TABLE api_key (
    id          uuid PRIMARY KEY,
    studio_id   uuid NOT NULL,
    member_id   uuid NOT NULL,
    name        text COLLATE "C" NOT NULL,
    secret_hash text COLLATE "C" NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);
CREATE INDEX api_key_member ON api_key (studio_id, member_id);

CREATE TABLE sign_in_link (
    id         uuid PRIMARY KEY,
    studio_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);
CREATE INDEX sign_in_link_member ON sign_in_link (studio_id, member_id);
CREATE INDEX sign_in_link_expiry ON sign_in_link (expires_at);

CREATE TABLE browser_session (
    id         uuid PRIMARY KEY,
    studio_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);
CREATE INDEX browser_session_member ON browser_session (studio_id, member_id);
CREATE INDEX browser_session_expiry ON browser_session (expires_at);

CREATE TABLE blob (
    id         uuid NOT NULL,
    studio_id  uuid NOT NULL REFERENCES studio,
    sha256     text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    object_key text COLLATE "C" NOT NULL,
    size       bigint NOT NULL CHECK (size >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (studio_id, id),
    UNIQUE (studio_id, sha256)
);
CREATE INDEX blob_object ON blob (object_key);

CREATE TABLE publisher (
    id          uuid NOT NULL,
    studio_id   uuid NOT NULL REFERENCES studio,
    source      text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    created_at  timestamptz NOT NULL,
    url         text COLLATE "C",
    PRIMARY KEY (studio_id, id),
    UNIQUE (studio_id, source, external_id)
);

CREATE TABLE asset (
    id              uuid NOT NULL,
    studio_id       uuid NOT NULL REFERENCES studio,
    name            text COLLATE "C" NOT NULL,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN (
        'unity_package', 'photo', 'video', 'audio', 'model3d', 'archive', 'document', 'other')),
    created_by      uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    revision        int NOT NULL,
    current_version int NOT NULL,
    publisher_id    uuid,
    metadata        jsonb NOT NULL,
    provenance      jsonb NOT NULL,
    ready_at        timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, publisher_id) REFERENCES publisher DEFERRABLE INITIALLY DEFERRED
);
-- The catalogue's pages: all, of a kind, and of a publisher.
CREATE INDEX asset_ready ON asset (studio_id, id) WHERE ready_at IS NOT NULL;
CREATE INDEX asset_ready_of_kind ON asset (studio_id, kind, id) WHERE ready_at IS NOT NULL;
CREATE INDEX asset_ready_of_publisher ON asset (studio_id, publisher_id, id) WHERE ready_at IS NOT NULL;

CREATE TABLE asset_version (
    id           uuid NOT NULL,
    studio_id    uuid NOT NULL,
    asset_id     uuid NOT NULL,
    number       int NOT NULL CHECK (number > 0),
    blob_id      uuid NOT NULL,
    filename     text COLLATE "C" NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    facts        jsonb NOT NULL,
    PRIMARY KEY (studio_id, id),
    UNIQUE (studio_id, asset_id, number),
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, blob_id) REFERENCES blob DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX asset_version_of_blob ON asset_version (studio_id, blob_id, id);

CREATE TABLE rendition (
    version_id   uuid NOT NULL,
    studio_id    uuid NOT NULL,
    role         text COLLATE "C" NOT NULL CHECK (role IN ('thumbnail', 'contact_sheet', 'entry_previews')),
    recipe       text COLLATE "C" NOT NULL,
    object_key   text COLLATE "C" NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    size         bigint NOT NULL CHECK (size >= 0),
    width        int,
    height       int,
    PRIMARY KEY (studio_id, version_id, role),
    FOREIGN KEY (studio_id, version_id) REFERENCES asset_version ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX rendition_object ON rendition (object_key);

-- Up to 500,000 rows a package: its reference is checked at once, so that no queue of checks grows until the commit.
CREATE TABLE package_entry (
    version_id     uuid NOT NULL,
    studio_id      uuid NOT NULL,
    number         int NOT NULL CHECK (number >= 0),
    guid           text COLLATE "C" NOT NULL,
    path           text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    size           bigint NOT NULL CHECK (size >= 0),
    preview_offset bigint,
    preview_length bigint,
    PRIMARY KEY (studio_id, version_id, number),
    FOREIGN KEY (studio_id, version_id) REFERENCES asset_version ON DELETE CASCADE
);

CREATE TABLE publication (
    asset_id    uuid NOT NULL,
    studio_id   uuid NOT NULL,
    target      text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('PENDING', 'PUBLISHED', 'DRIFTED', 'FAILED')),
    updated_at  timestamptz NOT NULL,
    external_id text COLLATE "C",
    sent_hash   text COLLATE "C",
    PRIMARY KEY (studio_id, asset_id, target),
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE upload_job (
    id                uuid NOT NULL,
    studio_id         uuid NOT NULL REFERENCES studio,
    upload_id         uuid NOT NULL,
    original_filename text COLLATE "C" NOT NULL,
    status            text COLLATE "C" NOT NULL CHECK (status IN (
        'PENDING', 'UPLOADING', 'QUEUED', 'PROCESSING', 'SCRAPING', 'PUBLISHING', 'COMPLETE', 'ERROR', 'CANCELLED')),
    created_by        uuid NOT NULL,
    correlation_id    text COLLATE "C" NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    revision          int NOT NULL,
    progress          int NOT NULL CHECK (progress BETWEEN 0 AND 100),
    size              bigint CHECK (size >= 0),
    failure           jsonb,
    asset_id          uuid,
    cms_id            text COLLATE "C",
    duplicate         boolean NOT NULL,
    metadata          jsonb NOT NULL,
    completed_at      timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE SET NULL (asset_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX upload_job_history ON upload_job (studio_id, status, id);
CREATE INDEX upload_job_of_asset ON upload_job (studio_id, asset_id) WHERE asset_id IS NOT NULL;

CREATE TABLE upload_session (
    id              uuid NOT NULL,
    studio_id       uuid NOT NULL,
    job_id          uuid NOT NULL,
    object_key      text COLLATE "C" NOT NULL UNIQUE,
    filename        text COLLATE "C" NOT NULL,
    status          text COLLATE "C" NOT NULL CHECK (status IN (
        'PENDING', 'UPLOADING', 'FINALISING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')),
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    size            bigint CHECK (size >= 0),
    promised_sha256 text COLLATE "C",
    blob_id         uuid,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, job_id) REFERENCES upload_job ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, blob_id) REFERENCES blob DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 80);
CREATE INDEX upload_session_of_job ON upload_session (studio_id, job_id);
CREATE INDEX upload_session_of_blob ON upload_session (studio_id, blob_id) WHERE blob_id IS NOT NULL;
-- Few rows at a time, and without the expiry in it: moving that on touches no index.
CREATE INDEX upload_session_open ON upload_session (studio_id) WHERE status IN ('PENDING', 'UPLOADING', 'FINALISING');
