-- Sets, what was played in them, who likes it, and how far links' histories are durable here.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: session
-- One session.
SELECT * FROM sessions WHERE id = :id;

-- name: active_session
-- The running session of a stage.
SELECT * FROM sessions WHERE stage_id = :stage_id AND ended IS NULL;

-- name: active_sessions_of
-- A DJ's running sessions, the latest first.
SELECT * FROM sessions WHERE dj_id = :dj_id AND ended IS NULL ORDER BY rowid DESC;

-- name: running_sessions
-- Every running set, in the order in which they began.
SELECT * FROM sessions WHERE ended IS NULL ORDER BY rowid;

-- name: add_session
-- A set begins, or one is told of that is over already.
INSERT INTO sessions (id, stage_id, dj_id, dj_name, started_boot, started_boot_ms, started_wall_ms, started_trust,
    seen_boot, seen_boot_ms, seen_wall_ms, seen_trust, current_play_id,
    lock_id, ended, ended_boot, ended_boot_ms, ended_wall_ms, ended_trust)
VALUES (:id, :stage_id, :dj_id, :dj_name, :boot, :boot_ms, :wall_ms, :trust, :boot, :boot_ms, :wall_ms, :trust,
    :current_play_id, :lock_id, :ended, :ended_boot, :ended_boot_ms, :ended_wall_ms, :ended_trust);

-- name: reopen_session
-- A set whose beginning was told late goes on.
UPDATE sessions SET ended = NULL, ended_wall_ms = NULL, ended_boot = NULL, ended_boot_ms = NULL, ended_trust = NULL,
    away = 0, seen_boot = :boot, seen_boot_ms = :boot_ms,
    seen_wall_ms = :wall_ms, seen_trust = :trust WHERE id = :id;

-- name: see_dj
-- The DJ gave a sign of life.
UPDATE sessions SET seen_boot = :boot, seen_boot_ms = :boot_ms, seen_wall_ms = :wall_ms, seen_trust = :trust
WHERE id = :id;

-- name: set_away
-- The DJ has been silent for long, or is heard of again.
UPDATE sessions SET away = :away WHERE id = :id;

-- name: set_lock
-- A set goes behind a lock, or is open to everybody.
UPDATE sessions SET lock_id = :lock_id WHERE id = :id;

-- name: end_session
-- A set is over, and nothing is on any more.
UPDATE sessions SET ended = :reason, ended_boot = :boot, ended_boot_ms = :boot_ms, ended_wall_ms = :wall_ms,
    ended_trust = :trust, current_play_id = NULL, away = 0
WHERE id = :id AND ended IS NULL;

-- name: set_current
-- What dancers see now; NULL for nothing.
UPDATE sessions SET current_play_id = :play_id WHERE id = :id;

-- name: play
-- One play.
SELECT * FROM plays WHERE id = :id;

-- name: track_id
-- The track with this artist and title.
SELECT id FROM tracks WHERE artist_key = :artist_key AND title_key = :title_key;

-- name: add_track
-- A track nobody has played here before.
INSERT INTO tracks (artist, title, artist_key, title_key) VALUES (:artist, :title, :artist_key, :title_key) RETURNING id;

-- name: add_play
-- A track was heard.
INSERT INTO plays (id, session_id, stage_id, track_id, artist, title, bpm, key, energy, danceability, brightness,
    acousticness, groove, bpm_origin, key_origin, heard_boot, heard_boot_ms, heard_wall_ms, heard_trust, age_ms)
VALUES (:id, :session_id, :stage_id, :track_id, :artist, :title, :bpm, :key, :energy, :danceability, :brightness,
    :acousticness, :groove, :bpm_origin, :key_origin, :boot, :boot_ms, :wall_ms, :trust, :age_ms);

-- name: set_track
-- More is known of a play's track.
UPDATE plays SET track_id = :track_id, artist = :artist, title = :title, bpm = :bpm, key = :key, energy = :energy,
    danceability = :danceability, brightness = :brightness, acousticness = :acousticness, groove = :groove,
    bpm_origin = :bpm_origin, key_origin = :key_origin
WHERE id = :id;

-- name: known_of_track
-- The tempo and the key that were last said of a track. What came from here itself says nothing new.
SELECT
    (SELECT bpm FROM plays WHERE track_id = t.id AND retracted = 0 AND bpm IS NOT NULL
        AND bpm_origin IS NOT 'library' ORDER BY number DESC LIMIT 1) AS bpm,
    (SELECT key FROM plays WHERE track_id = t.id AND retracted = 0 AND key IS NOT NULL
        AND key_origin IS NOT 'library' ORDER BY number DESC LIMIT 1) AS key
FROM tracks AS t WHERE artist_key = :artist_key AND title_key = :title_key;

-- name: retract_play
-- A DJ took a play back.
UPDATE plays SET retracted = 1 WHERE id = :id AND retracted = 0;

-- name: link_cursor
-- How far the history of a DJ's link is durable here.
SELECT seq, chain FROM link_cursors WHERE dj_id = :dj_id AND source = :source AND epoch = :epoch;

-- name: set_link_cursor
-- It is durable up to another entry.
INSERT INTO link_cursors (dj_id, source, epoch, seq, chain) VALUES (:dj_id, :source, :epoch, :seq, :chain)
ON CONFLICT (dj_id, source, epoch) DO UPDATE SET seq = excluded.seq, chain = excluded.chain;

-- name: plays_of_session
-- A set's plays, newest first; none behind a lock that is not among those that were opened (a JSON array of ids).
SELECT p.* FROM plays AS p JOIN sessions AS s ON s.id = p.session_id
WHERE p.session_id = :session_id AND p.retracted = 0
    AND (s.lock_id IS NULL OR s.lock_id IN (SELECT value FROM json_each(:inside)))
ORDER BY p.number DESC LIMIT :limit;

-- name: plays_of_stage
-- A stage's plays over all its sessions but those behind locks that were not opened, newest first.
SELECT p.* FROM plays AS p JOIN sessions AS s ON s.id = p.session_id
WHERE p.stage_id = :stage_id AND p.retracted = 0
    AND (s.lock_id IS NULL OR s.lock_id IN (SELECT value FROM json_each(:inside)))
ORDER BY p.number DESC LIMIT :limit;

-- name: add_like
-- A guest likes a play; nothing happens the second time.
INSERT INTO likes (play_id, guest_id, at_ms, counts) VALUES (:play_id, :guest_id, :at_ms, :counts)
ON CONFLICT DO NOTHING;

-- name: remove_like
-- A guest takes it back; whether it counted.
DELETE FROM likes WHERE play_id = :play_id AND guest_id = :guest_id RETURNING counts;

-- name: count_likes
-- Moves a play's counter with its rows, in the same transaction.
UPDATE plays SET likes = likes + :step WHERE id = :play_id;

-- name: likes_of
-- A play's counter.
SELECT likes FROM plays WHERE id = :play_id;

-- name: liked_among
-- Which of these plays (a JSON array of ids) a guest likes.
SELECT play_id FROM likes WHERE guest_id = :guest_id AND play_id IN (SELECT value FROM json_each(:play_ids));

-- name: liked_by
-- A phone's likes as its guests at all events (a JSON array), the newest first, with where and by whom it was played.
SELECT p.*, s.dj_name, st.name AS stage_name
FROM likes AS l
JOIN plays AS p ON p.id = l.play_id
JOIN sessions AS s ON s.id = p.session_id
JOIN stages AS st ON st.id = p.stage_id
WHERE l.guest_id IN (SELECT value FROM json_each(:guest_ids)) AND p.retracted = 0
ORDER BY l.at_ms DESC, p.number DESC LIMIT :limit;

-- name: settle_likes
-- A guest's likes count from now on, or not; which.
UPDATE likes SET counts = :counts WHERE guest_id = :guest_id AND counts <> :counts RETURNING play_id;

-- name: likes_by
-- Every play that a guest likes.
SELECT play_id FROM likes WHERE guest_id = :guest_id;

-- name: nothing_is_on
-- What dancers saw when a copy was made is history by now.
UPDATE sessions SET current_play_id = NULL WHERE current_play_id IS NOT NULL;

-- name: drop_old_likes
-- Likes of plays that are kept no longer.
DELETE FROM likes WHERE play_id IN (
    SELECT p.id FROM plays AS p JOIN sessions AS s ON s.id = p.session_id
    WHERE s.ended IS NOT NULL AND p.heard_wall_ms < :before_ms ORDER BY p.number LIMIT :most);

-- name: drop_old_plays
-- Plays that are kept no longer, of sets that are over.
DELETE FROM plays WHERE number IN (
    SELECT p.number FROM plays AS p JOIN sessions AS s ON s.id = p.session_id
    WHERE s.ended IS NOT NULL AND p.heard_wall_ms < :before_ms ORDER BY p.number LIMIT :most);

-- name: drop_old_sessions
-- Sets that are over and of which nothing is left.
DELETE FROM sessions WHERE ended IS NOT NULL AND started_wall_ms < :before_ms
    AND NOT EXISTS (SELECT 1 FROM plays AS p WHERE p.session_id = sessions.id)
    AND NOT EXISTS (SELECT 1 FROM announcements AS a WHERE a.session_id = sessions.id);
