-- Every statement of the carrier's memory, named and told.

-- name: facts
-- What is remembered.
SELECT name, value FROM facts;

-- name: set_fact
-- Sets or replaces a fact.
INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_fact
-- Removes a fact.
DELETE FROM facts WHERE name = :name;

-- name: add_mark
-- The cloud holds everything up to here.
INSERT OR REPLACE INTO marks (seq, journal_seq, chain, crumbs) VALUES (:seq, :journal_seq, :chain, :crumbs);

-- name: mark_below
-- The newest place at or before a number.
SELECT * FROM marks WHERE seq <= :seq ORDER BY seq DESC LIMIT 1;

-- name: mark_at_row
-- The newest place at or before a row of the box's journal.
SELECT * FROM marks WHERE journal_seq <= :journal_seq ORDER BY seq DESC LIMIT 1;

-- name: marks_down
-- All places, the newest first.
SELECT * FROM marks ORDER BY seq DESC;

-- name: drop_marks_after
-- The cloud holds less than it did: places after that are history.
DELETE FROM marks WHERE seq > :seq;

-- name: drop_marks_before
-- Places whose rows the box has let go of.
DELETE FROM marks WHERE seq < :seq;

-- name: add_stand_in
-- A row that can't be sent as it is.
INSERT OR REPLACE INTO stand_ins (journal_seq, line) VALUES (:journal_seq, :line);

-- name: stand_ins
-- All of them.
SELECT journal_seq, line FROM stand_ins;

-- name: songs_all
-- Every song that the cloud wants here, or wanted.
SELECT id, name, size, sha256, state, reason, file, told FROM songs ORDER BY id;

-- name: song_wanted
-- The cloud wants a song here; one that was leaving stays.
INSERT INTO songs (id, name, size, sha256, state, reason, file, told)
VALUES (:id, :name, :size, :sha256, 'coming', '', '', 1)
ON CONFLICT (id) DO UPDATE SET state = CASE WHEN file = '' THEN 'coming' ELSE 'here' END, reason = '', told = 0
WHERE state = 'leaving';

-- name: song_leaves
-- The cloud does not want it here any more.
UPDATE songs SET state = 'leaving', told = 1 WHERE id = :id;

-- name: song_is
-- How a song is now.
UPDATE songs SET state = :state, reason = :reason, file = :file, told = 0 WHERE id = :id;

-- name: song_over
-- Nothing of it is here any more.
DELETE FROM songs WHERE id = :id;

-- name: song_told
-- The cloud knows how it is, unless that has changed since.
UPDATE songs SET told = 1 WHERE id = :id AND state = :state;

-- name: songs_untold
-- The cloud knows nothing of what is here.
UPDATE songs SET told = 0 WHERE state IN ('here', 'refused');
