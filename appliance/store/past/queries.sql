-- What DJs have played. Reads only; the rows are other topics'.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: sets_of
-- A DJ's sets, the latest first, with where they were and how many tracks stand in them.
SELECT s.*, st.name AS stage_name, st.event_id,
    (SELECT count(*) FROM plays AS p WHERE p.session_id = s.id AND p.retracted = 0) AS tracks
FROM sessions AS s JOIN stages AS st ON st.id = s.stage_id
WHERE s.dj_id = :dj_id ORDER BY s.rowid DESC LIMIT :limit;

-- name: plays_of_dj
-- What a DJ played, from behind a PIN too, the latest first.
SELECT p.* FROM sessions AS s JOIN plays AS p ON p.session_id = s.id
WHERE s.dj_id = :dj_id AND p.retracted = 0 ORDER BY p.number DESC LIMIT :limit;

-- name: played_openly
-- What a DJ played that anybody may know of, the latest first: nothing from behind a PIN.
SELECT p.* FROM sessions AS s JOIN plays AS p ON p.session_id = s.id
WHERE s.dj_id = :dj_id AND s.lock_id IS NULL AND p.retracted = 0 ORDER BY p.number DESC LIMIT :limit;

-- name: count_played_openly
-- How much that is.
SELECT count(*) AS plays FROM sessions AS s JOIN plays AS p ON p.session_id = s.id
WHERE s.dj_id = :dj_id AND s.lock_id IS NULL AND p.retracted = 0;
