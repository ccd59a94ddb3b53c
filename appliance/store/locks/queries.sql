-- Sets behind a PIN: what opens them, and how often it was tried in vain.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: lock
-- What a PIN opens.
SELECT id, digest FROM locks WHERE id = :id;

-- name: add_lock
-- A PIN was chosen.
INSERT INTO locks (id, digest) VALUES (:id, :digest);

-- name: tries
-- Wrong tries of one guest, or of all strangers together.
SELECT failures, last_up_ms FROM lock_tries WHERE lock_id = :lock_id AND who = :who;

-- name: set_tries
-- One more, or none any more.
INSERT INTO lock_tries (lock_id, who, failures, last_up_ms) VALUES (:lock_id, :who, :failures, :last_up_ms)
ON CONFLICT (lock_id, who) DO UPDATE SET failures = excluded.failures, last_up_ms = excluded.last_up_ms;

-- name: forget_tries
-- A guest is forgotten.
DELETE FROM lock_tries WHERE who = :who AND who != '';

-- name: wrong_tries
-- Wrong tries of all phones. The strangers' common count has each of theirs once more.
SELECT coalesce(sum(failures), 0) AS failures FROM lock_tries WHERE lock_id = :lock_id AND who != '';

-- name: drop_old_locks
-- Locks of sets that are kept no longer.
DELETE FROM locks WHERE NOT EXISTS (SELECT 1 FROM sessions AS s WHERE s.lock_id = locks.id);
