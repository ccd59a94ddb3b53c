-- Which known track a play was, and what DJs say of that.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: identity
-- What a play is taken for.
SELECT * FROM play_tracks WHERE play_id = :play_id;

-- name: put_identity
-- A play was looked at, or its DJ said something.
INSERT INTO play_tracks (play_id, said, track_id, confidence, reason, verdict)
VALUES (:play_id, :said, :track_id, :confidence, :reason, :verdict)
ON CONFLICT (play_id) DO UPDATE SET
    said = excluded.said, track_id = excluded.track_id, confidence = excluded.confidence, reason = excluded.reason,
    verdict = excluded.verdict;

-- name: drop_identity
-- A play is called otherwise now.
DELETE FROM play_tracks WHERE play_id = :play_id;

-- name: file_behind
-- The file that stood behind some words last.
SELECT i.track_id FROM play_tracks AS i JOIN plays AS p ON p.id = i.play_id
WHERE i.said = :said AND i.reason = 'file' AND i.track_id IS NOT NULL AND i.verdict <> 'rejected' AND p.retracted = 0
ORDER BY p.number DESC LIMIT 1;

-- name: name_words
-- What DJs say of some words.
SELECT * FROM name_words WHERE said = :said ORDER BY track_id, dj_id;

-- name: put_name_word
-- A DJ says what some words are, or are not.
INSERT INTO name_words (said, track_id, dj_id, is_same) VALUES (:said, :track_id, :dj_id, :is_same)
ON CONFLICT (said, track_id, dj_id) DO UPDATE SET is_same = excluded.is_same;

-- name: told_by
-- The DJ whose laptop alone knows a track.
SELECT dj_id FROM told_tracks WHERE track_id = :track_id;

-- name: told_tracks_of
-- How many tracks only one DJ's laptops know.
SELECT count(*) AS tracks FROM told_tracks WHERE dj_id = :dj_id;

-- name: note_told
-- Only a DJ's laptop knows a track.
INSERT INTO told_tracks (track_id, dj_id) VALUES (:track_id, :dj_id)
ON CONFLICT (track_id) DO UPDATE SET dj_id = excluded.dj_id;

-- name: note_heard_here
-- The box heard a track itself.
DELETE FROM told_tracks WHERE track_id = :track_id;

-- name: identities_of_session
-- What the plays of a set are taken for, in their order.
SELECT * FROM play_tracks WHERE play_id IN (SELECT id FROM plays WHERE session_id = :session_id AND retracted = 0);

-- name: library_tracks_of_session
-- The tracks that the plays of a set are taken for.
SELECT t.* FROM library_tracks AS t WHERE t.id IN (
    SELECT i.track_id FROM play_tracks AS i JOIN plays AS p ON p.id = i.play_id WHERE p.session_id = :session_id
);

-- name: plays_of_session_in_order
-- A set's plays, the first one first.
SELECT * FROM plays WHERE session_id = :session_id AND retracted = 0 ORDER BY number;

-- name: track_names
-- What tracks are called, as they became known.
SELECT t.rowid AS number, t.id, t.artist, t.title, d.dj_id IS NOT NULL AS is_told
FROM library_tracks AS t LEFT JOIN told_tracks AS d ON d.track_id = t.id
WHERE t.rowid > :after ORDER BY t.rowid LIMIT :limit;

-- name: names_of_tracks
-- What some tracks (a JSON array of ids) are called.
SELECT t.rowid AS number, t.id, t.artist, t.title, d.dj_id IS NOT NULL AS is_told
FROM library_tracks AS t LEFT JOIN told_tracks AS d ON d.track_id = t.id
WHERE t.id IN (SELECT value FROM json_each(:ids)) ORDER BY t.rowid;
