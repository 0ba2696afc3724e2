-- What is said of versions, whether they are approved, and who should hear of it. All of it goes with its asset.

-- A thread is found by the id of the comment that begins it, which has its own id as `thread_id`.
CREATE TABLE comment (
    id          uuid NOT NULL,
    studio_id   uuid NOT NULL,
    asset_id    uuid NOT NULL,
    version     int NOT NULL,
    thread_id   uuid NOT NULL,
    text        text NOT NULL CHECK (length(text) <= 10000),
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    revision    int NOT NULL,
    anchor      jsonb,
    mentions    uuid[] NOT NULL,
    edited_at   timestamptz,
    edited_by   uuid,
    resolved_at timestamptz,
    resolved_by uuid,
    deleted_at  timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, asset_id, version) REFERENCES asset_version (studio_id, asset_id, number)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, thread_id) REFERENCES comment DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX comment_of_version ON comment (studio_id, asset_id, version, id) INCLUDE (thread_id);
CREATE INDEX comment_of_thread ON comment (studio_id, thread_id, id);
CREATE INDEX comment_thread ON comment (studio_id, asset_id, id) WHERE id = thread_id;
CREATE INDEX comment_unresolved ON comment (studio_id, asset_id, id) WHERE id = thread_id AND resolved_at IS NULL;

CREATE TABLE approval (
    id           uuid NOT NULL,
    studio_id    uuid NOT NULL,
    asset_id     uuid NOT NULL,
    version      int NOT NULL,
    sha256       text COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    verdict      text COLLATE "C" NOT NULL CHECK (verdict IN ('APPROVED', 'CHANGES_REQUESTED')),
    note         text NOT NULL CHECK (length(note) <= 10000),
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    withdrawn_at timestamptz,
    replaced_at  timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, asset_id, version) REFERENCES asset_version (studio_id, asset_id, number)
        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX approval_of_version ON approval (studio_id, asset_id, version, id);
-- Of one person's verdicts on a version one stands at most.
CREATE UNIQUE INDEX approval_standing ON approval (studio_id, asset_id, version, created_by)
    WHERE withdrawn_at IS NULL AND replaced_at IS NULL;

CREATE TABLE approval_policy (
    studio_id  uuid PRIMARY KEY REFERENCES studio,
    approvers  text[] NOT NULL,
    needs      jsonb NOT NULL,
    not_own    boolean NOT NULL,
    revision   int NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by uuid NOT NULL
);
-- A change of the policy is a fact about the studio.
ALTER TABLE fact DROP CONSTRAINT IF EXISTS fact_subject_kind_check;
ALTER TABLE fact ADD CONSTRAINT fact_subject_kind_check CHECK (subject_kind IN ('job', 'asset', 'member', 'studio'));

CREATE TABLE notification (
    id          uuid NOT NULL,
    studio_id   uuid NOT NULL,
    member_id   uuid NOT NULL,
    reason      text COLLATE "C" NOT NULL CHECK (reason IN ('mention', 'reply', 'comment', 'verdict')),
    asset_id    uuid NOT NULL,
    version     int NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    comment_id  uuid,
    approval_id uuid,
    read_at     timestamptz,
    mailed_at   timestamptz,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, asset_id) REFERENCES asset ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, comment_id) REFERENCES comment ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, approval_id) REFERENCES approval ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX notification_of_member ON notification (studio_id, member_id, id);
CREATE INDEX notification_unread ON notification (studio_id, member_id, id) WHERE read_at IS NULL;
CREATE INDEX notification_of_asset ON notification (studio_id, asset_id);
CREATE INDEX notification_of_comment ON notification (studio_id, comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX notification_of_approval ON notification (studio_id, approval_id) WHERE approval_id IS NOT NULL;
-- Across studios: what a mail should tell of. Few rows, looked for every minute.
CREATE INDEX notification_unmailed ON notification (created_at, studio_id, member_id)
    WHERE read_at IS NULL AND mailed_at IS NULL;

-- At whose mail somebody is until then, or whose rests after failures.
CREATE TABLE held_digest (
    studio_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    token      uuid,
    held_until timestamptz NOT NULL,
    failures   int NOT NULL DEFAULT 0,
    PRIMARY KEY (studio_id, member_id),
    FOREIGN KEY (studio_id, member_id) REFERENCES member ON DELETE CASCADE
);
SELECT wall_off('comment');
SELECT wall_off('approval');
SELECT wall_off('approval_policy');
SELECT wall_off('notification');
SELECT wall_off('held_digest');
