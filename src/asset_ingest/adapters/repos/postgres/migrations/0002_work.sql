-- Runs and steps, the outbox, and who is at work across studios.

CREATE TABLE pipeline_run (
    id         uuid NOT NULL,
    studio_id  uuid NOT NULL,
    job_id     uuid NOT NULL,
    upload_id  uuid NOT NULL,
    pipeline   text COLLATE "C" NOT NULL,
    status     text COLLATE "C" NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
    created_at timestamptz NOT NULL,
    lane       text COLLATE "C" NOT NULL CHECK (lane IN ('interactive', 'bulk', 'backfill')),
    version_id uuid,
    PRIMARY KEY (studio_id, id),
    FOREIGN KEY (studio_id, job_id) REFERENCES upload_job ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (studio_id, version_id) REFERENCES asset_version DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX pipeline_run_of_job ON pipeline_run (studio_id, job_id, id);
CREATE INDEX pipeline_run_of_version ON pipeline_run (studio_id, version_id) WHERE version_id IS NOT NULL;

CREATE TABLE step_run (
    id            uuid PRIMARY KEY, -- by itself: a worker knows nothing but this id
    studio_id     uuid NOT NULL,
    run_id        uuid NOT NULL,
    job_id        uuid NOT NULL,
    position      int NOT NULL,
    name          text COLLATE "C" NOT NULL,
    queue         text COLLATE "C" NOT NULL,
    status        text COLLATE "C" NOT NULL CHECK (status IN (
        'WAITING', 'READY', 'RUNNING', 'DONE', 'SKIPPED', 'FAILED', 'CANCELLED')),
    not_before    timestamptz NOT NULL,
    attempt       int NOT NULL,
    lost_leases   int NOT NULL,
    lease_token   uuid,
    lease_until   timestamptz,
    dispatched_at timestamptz,
    started_at    timestamptz,
    ended_at      timestamptz,
    reason        text COLLATE "C",
    failure       jsonb,
    checkpoint    jsonb NOT NULL,
    facts         jsonb NOT NULL,
    lane          text COLLATE "C" NOT NULL, -- its run's, which never changes: the dispatcher reads one index
    UNIQUE (studio_id, run_id, position),
    FOREIGN KEY (studio_id, run_id) REFERENCES pipeline_run ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 80);
CREATE INDEX step_run_ready ON step_run (queue, lane, studio_id, id) WHERE status = 'READY';
CREATE INDEX step_run_dispatched ON step_run (queue, dispatched_at) WHERE status = 'READY' AND dispatched_at IS NOT NULL;
-- Few rows at a time, and without the lease's end in it: a heartbeat touches no index.
CREATE INDEX step_run_running ON step_run (queue) WHERE status = 'RUNNING';

CREATE TABLE fact (
    id             uuid PRIMARY KEY,
    studio_id      uuid NOT NULL REFERENCES studio,
    type           text COLLATE "C" NOT NULL,
    at             timestamptz NOT NULL,
    actor          text COLLATE "C" NOT NULL,
    subject_kind   text COLLATE "C" NOT NULL CHECK (subject_kind IN ('job', 'asset')),
    subject_id     uuid NOT NULL,
    revision       int NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    data           jsonb NOT NULL,
    seq            bigint,
    -- Writers hold their subject's row, so for one subject the order of positions is the order of commits.
    position       bigint GENERATED ALWAYS AS IDENTITY,
    UNIQUE (studio_id, seq)
);
CREATE INDEX fact_unnumbered ON fact (position) WHERE seq IS NULL;

-- Whoever locks a row here does that task, for one transaction.
CREATE TABLE upkeep (task text PRIMARY KEY);
INSERT INTO upkeep VALUES ('dispatch'), ('number');

-- When a studio's next step is due in the virtual time of a queue. Not a column of `studio`: the relay writes there,
-- and two tasks that write the same rows in their own order could wait in a circle.
CREATE TABLE turn (
    queue     text COLLATE "C" NOT NULL,
    studio_id uuid NOT NULL REFERENCES studio ON DELETE CASCADE,
    next_turn double precision NOT NULL,
    PRIMARY KEY (queue, studio_id)
);
