-- How a stage passes from DJ to DJ: offers, and notes for the next one.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: offer
-- What a running set's DJ offers, and to whom.
SELECT o.*, coalesce(d.name, '') AS to_name FROM offers AS o LEFT JOIN djs AS d ON d.id = o.to_dj_id
WHERE o.session_id = :session_id;

-- name: offers
-- Every offer that stands.
SELECT o.*, coalesce(d.name, '') AS to_name FROM offers AS o LEFT JOIN djs AS d ON d.id = o.to_dj_id
ORDER BY o.rowid;

-- name: set_offer
-- A DJ lets another one go on.
INSERT OR REPLACE INTO offers (session_id, stage_id, to_dj_id, made_boot, made_boot_ms, made_wall_ms, made_trust)
VALUES (:session_id, :stage_id, :to_dj_id, :boot, :boot_ms, :wall_ms, :trust);

-- name: end_offer
-- A DJ plays on after all, or is gone.
DELETE FROM offers WHERE session_id = :session_id;

-- name: note
-- What was left in one set.
SELECT * FROM notes WHERE session_id = :session_id;

-- name: notes_on
-- What was left on a stage, the oldest first.
SELECT * FROM notes WHERE stage_id = :stage_id ORDER BY rowid;

-- name: set_note
-- A DJ leaves something for the next one.
INSERT OR REPLACE INTO notes (session_id, stage_id, dj_id, dj_name, text,
    left_boot, left_boot_ms, left_wall_ms, left_trust)
VALUES (:session_id, :stage_id, :dj_id, :dj_name, :text, :boot, :boot_ms, :wall_ms, :trust);

-- name: drop_note
-- It was read, taken back, or is of another night.
DELETE FROM notes WHERE session_id = :session_id;
