-- The schema's own record.

-- name: make_schema_steps
-- Where the steps are noted that a database has seen.
CREATE TABLE IF NOT EXISTS schema_steps (number bigint PRIMARY KEY, name text NOT NULL);

-- name: schema_version
-- The last step; 0 for an empty database.
SELECT coalesce(max(number), 0) AS version FROM schema_steps;

-- name: note_schema_step
-- A step was done.
INSERT INTO schema_steps (number, name) VALUES (:number, :name);
