-- What all processes remember together for a while. A crash may empty it (UNLOGGED): nothing depends on it being there.
CREATE UNLOGGED TABLE cache (
    name       text COLLATE "C" PRIMARY KEY,
    value      jsonb NOT NULL,
    kept_until timestamptz NOT NULL
);
CREATE INDEX cache_over ON cache (kept_until);
