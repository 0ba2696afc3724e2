-- Links to one asset for people outside; only hashes of what opens them, and a pseudonym of who did.
CREATE TABLE share (
    id            uuid NOT NULL,
    studio_id     uuid NOT NULL,
    asset_id      uuid NOT NULL,
    token_hash    text COLLATE "C" NOT NULL UNIQUE,
    seal          text COLLATE "C" NOT NULL,
    may_download  boolean NOT NULL,
    created_by    uuid NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    version       int CHECK (version > 0),
    password_hash text COLLATE "C",
    revoked_at    timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE CASCADE
);
CREATE INDEX share_of_asset ON share (studio_id, asset_id, id);

CREATE TABLE share_visit (
    share_id  uuid NOT NULL,
    studio_id uuid NOT NULL,
    day       date NOT NULL,
    visitor   text COLLATE "C" NOT NULL,
    PRIMARY KEY (studio_id, share_id, visitor),
    FOREIGN KEY (studio_id, share_id) REFERENCES share ON DELETE CASCADE
);

CREATE TABLE share_guesses (
    share_id  uuid NOT NULL,
    studio_id uuid NOT NULL,
    visitor   text COLLATE "C" NOT NULL,
    since     timestamptz NOT NULL,
    tries     int NOT NULL CHECK (tries >= 0),
    PRIMARY KEY (studio_id, share_id, visitor),
    FOREIGN KEY (studio_id, share_id) REFERENCES share ON DELETE CASCADE
);
SELECT wall_off('share');
SELECT wall_off('share_visit');
SELECT wall_off('share_guesses');
