-- How alive floors were, minute by minute. Numbers only.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: add_minute
-- A minute was counted.
INSERT INTO floor_minutes (session_id, number, guests, likes, reactions, perfect, other)
VALUES (:session_id, :number, :guests, :likes, :reactions, :perfect, :other) ON CONFLICT DO NOTHING;

-- name: minutes_since
-- The latest minutes of every stage.
SELECT m.*, s.stage_id FROM floor_minutes AS m JOIN sessions AS s ON s.id = m.session_id
WHERE m.number >= :number ORDER BY m.number, s.rowid;

-- name: minutes_of
-- All minutes of one set.
SELECT * FROM floor_minutes WHERE session_id = :session_id ORDER BY number;
