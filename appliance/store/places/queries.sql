-- The event and its stages.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: event
-- The event of this box: the newest.
SELECT id, name, guest_key FROM events ORDER BY rowid DESC LIMIT 1;

-- name: add_event
-- A happening begins to exist.
INSERT INTO events (id, name, guest_key) VALUES (:id, :name, :guest_key);

-- name: stage
-- One stage.
SELECT id, event_id, name FROM stages WHERE id = :id;

-- name: stages
-- All stages in the order they were made.
SELECT id, event_id, name FROM stages ORDER BY number;

-- name: add_stage
-- A stage begins to exist.
INSERT INTO stages (id, event_id, name) VALUES (:id, :event_id, :name);
