-- Songs of organisations, those on their way into the store, and what boxes have of them.

-- name: songs_turn
-- Of one organisation one upload at a time begins or ends: what it may keep is counted.
SELECT pg_advisory_xact_lock(1885956967, hashtext(:org)) AS mine;

-- name: songs_turn @sqlite
SELECT :org AS mine;

-- name: songs_kept
-- How much an organisation has, with what is on its way.
SELECT (SELECT count(*) FROM songs WHERE org_id = :org) AS songs,
    (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM songs WHERE org_id = :org) AS bytes,
    (SELECT count(*) FROM song_uploads WHERE org_id = :org) AS uploads,
    (SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM song_uploads WHERE org_id = :org) AS coming;

-- name: song_upload_begun
-- A song will be sent.
INSERT INTO song_uploads (id, org_id, name, size, came, object, handle, begun_ms, last_ms)
VALUES (:id, :org, :name, :size, 0, :object, :handle, :now_ms, :now_ms);

-- name: song_upload
-- One that is being sent.
SELECT id, name, size, came, object, handle FROM song_uploads WHERE org_id = :org AND id = :id;

-- name: song_uploads
-- All that are being sent.
SELECT id, name, size, came, object, handle FROM song_uploads WHERE org_id = :org ORDER BY name, id;

-- name: song_upload_went_on
-- More of it came, unless somebody else's piece was faster.
UPDATE song_uploads SET came = :came, last_ms = :now_ms WHERE org_id = :org AND id = :id AND came = :before;

-- name: song_part_came
-- What the store calls a piece; one that was sent again takes the place of the first.
INSERT INTO song_parts (org_id, upload_id, number, tag) VALUES (:org, :upload, :number, :tag)
ON CONFLICT (upload_id, number) DO UPDATE SET tag = excluded.tag;

-- name: song_parts
-- The pieces of one that is being sent.
SELECT number, tag FROM song_parts WHERE org_id = :org AND upload_id = :upload ORDER BY number;

-- name: song_upload_over
-- It came, or is not wanted any more.
DELETE FROM song_uploads WHERE org_id = :org AND id = :id;

-- name: add_song
-- A song that an organisation has; once of the same bytes.
INSERT INTO songs (id, org_id, name, size, sha256, object, is_for_all, added_ms)
VALUES (:id, :org, :name, :size, :sha256, :object, true, :now_ms) ON CONFLICT (org_id, sha256) DO NOTHING;

-- name: song_of_sha256
-- The song with these bytes.
SELECT id, name FROM songs WHERE org_id = :org AND sha256 = :sha256;

-- name: song
-- One song.
SELECT id, name, size, sha256, object, is_for_all, added_ms FROM songs WHERE org_id = :org AND id = :id;

-- name: songs_named
-- Songs whose name has some words in it, the latest first, with how many boxes have each and how many refuse it.
SELECT id, name, size, is_for_all, added_ms,
    (SELECT count(*) FROM song_boxes WHERE song_boxes.song_id = songs.id) AS chosen,
    (SELECT count(*) FROM song_states WHERE song_states.song_id = songs.id AND state = 'here') AS here,
    (SELECT count(*) FROM song_states WHERE song_states.song_id = songs.id AND state = 'refused') AS refused
FROM songs WHERE org_id = :org AND lower(name) LIKE :words ESCAPE '!'
ORDER BY added_ms DESC, id LIMIT :limit OFFSET :after;

-- name: song_gone
-- A song is not wanted any more.
DELETE FROM songs WHERE org_id = :org AND id = :id;

-- name: song_left
-- What the store shall let go of.
INSERT INTO song_leftovers (object, org_id, handle, since_ms) VALUES (:object, :org, :handle, :now_ms)
ON CONFLICT (object) DO NOTHING;

-- name: song_leftovers
-- What the store still has to let go of, the oldest first.
SELECT object, handle FROM song_leftovers ORDER BY since_ms LIMIT :limit;

-- name: song_let_go
-- The store has let go of it.
DELETE FROM song_leftovers WHERE object = :object;

-- name: song_uploads_given_up
-- Those that nobody went on with.
SELECT id, org_id, object, handle FROM song_uploads WHERE last_ms < :before_ms LIMIT :limit;

-- name: song_for_all
-- Whether every box gets it.
UPDATE songs SET is_for_all = :is_for_all WHERE org_id = :org AND id = :id;

-- name: song_for_none
-- Forgets which boxes were chosen.
DELETE FROM song_boxes WHERE org_id = :org AND song_id = :song;

-- name: song_for_box
-- A box that was chosen.
INSERT INTO song_boxes (org_id, song_id, box_id)
SELECT org_id, :song, id FROM boxes WHERE org_id = :org AND id = :box ON CONFLICT DO NOTHING;

-- name: song_boxes
-- An organisation's boxes, whether each gets a song, and what it said of it.
SELECT boxes.id, boxes.name, boxes.released_ms, song_boxes.box_id IS NOT NULL AS is_chosen,
    song_states.state, song_states.reason, song_states.came, song_states.told_ms
FROM boxes
LEFT JOIN song_boxes ON song_boxes.org_id = boxes.org_id AND song_boxes.box_id = boxes.id AND song_boxes.song_id = :song
LEFT JOIN song_states ON song_states.org_id = boxes.org_id AND song_states.box_id = boxes.id
    AND song_states.song_id = :song
WHERE boxes.org_id = :org ORDER BY boxes.name, boxes.id;

-- name: songs_of_box
-- Everything that a box is to have, in the order of ids.
SELECT id, name, size, sha256 FROM songs
WHERE org_id = :org AND (is_for_all OR EXISTS (
    SELECT 1 FROM song_boxes WHERE song_boxes.song_id = songs.id AND song_boxes.box_id = :box))
ORDER BY id;

-- name: song_of_box
-- One song, if the box is to have it.
SELECT id, size, object FROM songs
WHERE org_id = :org AND id = :id AND (is_for_all OR EXISTS (
    SELECT 1 FROM song_boxes WHERE song_boxes.song_id = songs.id AND song_boxes.box_id = :box));

-- name: songs_at_box
-- How many songs a box said that it has.
SELECT count(*) AS here FROM song_states WHERE org_id = :org AND box_id = :box AND state = 'here';

-- name: song_state
-- What a box says of a song. Of one that is gone nothing is kept.
INSERT INTO song_states (org_id, song_id, box_id, state, reason, came, told_ms)
SELECT org_id, id, :box, :state, :reason, :came, :now_ms FROM songs WHERE org_id = :org AND id = :song
ON CONFLICT (song_id, box_id) DO UPDATE
SET state = excluded.state, reason = excluded.reason, came = excluded.came, told_ms = excluded.told_ms;

-- name: song_state_over
-- A box does not have it any more, and does not want it.
DELETE FROM song_states WHERE org_id = :org AND song_id = :song AND box_id = :box;

-- name: song_pause
-- Why a box fetches nothing; empty when it does.
INSERT INTO song_pauses (org_id, box_id, reason, told_ms) VALUES (:org, :box, :reason, :now_ms)
ON CONFLICT (org_id, box_id) DO UPDATE SET reason = excluded.reason, told_ms = excluded.told_ms;

-- name: boxes_with_songs
-- How far each box of an organisation is.
SELECT boxes.id, boxes.name, song_pauses.reason AS pause, song_pauses.told_ms,
    (SELECT count(*) FROM songs WHERE songs.org_id = boxes.org_id AND (is_for_all OR EXISTS (
        SELECT 1 FROM song_boxes WHERE song_boxes.song_id = songs.id AND song_boxes.box_id = boxes.id))) AS wanted,
    (SELECT count(*) FROM song_states JOIN songs ON songs.id = song_states.song_id
        WHERE song_states.org_id = boxes.org_id AND song_states.box_id = boxes.id AND state = 'here'
        AND (is_for_all OR EXISTS (SELECT 1 FROM song_boxes
            WHERE song_boxes.song_id = songs.id AND song_boxes.box_id = boxes.id))) AS here,
    (SELECT count(*) FROM song_states
        WHERE song_states.org_id = boxes.org_id AND song_states.box_id = boxes.id AND state = 'refused') AS refused
FROM boxes LEFT JOIN song_pauses ON song_pauses.org_id = boxes.org_id AND song_pauses.box_id = boxes.id
WHERE boxes.org_id = :org AND boxes.released_ms IS NULL ORDER BY boxes.name, boxes.id;
