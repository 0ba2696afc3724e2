-- People: several studios, e-mail and password, invitations, sessions of services, keys with scopes.
ALTER TABLE studio ADD COLUMN slug text COLLATE "C" UNIQUE;
UPDATE studio SET slug = 'local' WHERE id = (SELECT id FROM studio ORDER BY created_at, id LIMIT 1);

-- A member is never deleted: what they made goes on naming them. Whoever was removed has no address and no secrets.
ALTER TABLE member
    ADD COLUMN email    text COLLATE "C",
    ADD COLUMN status   text COLLATE "C" NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'DEACTIVATED', 'REMOVED')),
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD UNIQUE (studio_id, email);
CREATE INDEX member_email ON member (email) WHERE email IS NOT NULL;
CREATE INDEX member_admins ON member (studio_id, id) WHERE role = 'ADMIN' AND status = 'ACTIVE';

ALTER TABLE api_key
    ADD COLUMN scopes       text[],
    ADD COLUMN last_used_at timestamptz;
CREATE INDEX api_key_page ON api_key (studio_id, id) WHERE revoked_at IS NULL;

CREATE TABLE password (
    studio_id uuid NOT NULL,
    member_id uuid NOT NULL,
    hash      text COLLATE "C" NOT NULL,
    set_at    timestamptz NOT NULL,
    PRIMARY KEY (studio_id, member_id),
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);

CREATE TABLE password_reset (
    id         uuid NOT NULL,
    studio_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (studio_id, id),
    UNIQUE (studio_id, member_id),
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);

CREATE TABLE invitation (
    id         uuid NOT NULL,
    studio_id  uuid NOT NULL REFERENCES studio,
    email      text COLLATE "C" NOT NULL,
    role       text COLLATE "C" NOT NULL CHECK (role IN ('ARTIST', 'DIRECTOR', 'PRODUCER', 'ADMIN')),
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (studio_id, id),
    UNIQUE (studio_id, email)
);

-- A service's sign-in. Access tokens name it, so that ending it ends them at once.
CREATE TABLE token_family (
    id         uuid PRIMARY KEY,
    studio_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);
CREATE INDEX token_family_member ON token_family (studio_id, member_id);
CREATE INDEX token_family_expiry ON token_family (studio_id, expires_at);

CREATE TABLE refresh_token (
    token_hash text COLLATE "C" PRIMARY KEY,
    studio_id  uuid NOT NULL,
    family_id  uuid NOT NULL REFERENCES token_family ON DELETE CASCADE,
    spent_at   timestamptz
);
CREATE INDEX refresh_token_family ON refresh_token (family_id);

-- Tries at passwords and the like, of nobody's studio: keys are hashes of addresses.
CREATE TABLE attempt (
    key   text COLLATE "C" PRIMARY KEY,
    count int NOT NULL,
    since timestamptz NOT NULL
);
CREATE INDEX attempt_since ON attempt (since);

ALTER TABLE fact DROP CONSTRAINT fact_subject_kind_check;
ALTER TABLE fact ADD CONSTRAINT fact_subject_kind_check CHECK (subject_kind IN ('job', 'asset', 'member', 'studio'));
