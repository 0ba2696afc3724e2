-- Ids on their way to workers. A crash may empty it (UNLOGGED): the dispatcher offers again what nobody claims.
CREATE UNLOGGED TABLE task_queue (
    step_id uuid PRIMARY KEY,
    queue   text COLLATE "C" NOT NULL,
    put_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX task_queue_oldest ON task_queue (queue, put_at);
