-- Every statement of the box, named and told. `-- name:` begins one; the line after it says what it is for.

-- name: meta
-- One fact about this box.
SELECT value FROM meta WHERE name = :name;

-- name: set_meta
-- Sets or replaces a fact.
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_meta
-- Removes a fact.
DELETE FROM meta WHERE name = :name;

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

-- name: dj
-- One DJ.
SELECT id, name FROM djs WHERE id = :id;

-- name: dj_named
-- A DJ by folded name.
SELECT id, name FROM djs WHERE name_key = :name_key;

-- name: add_dj
-- A DJ begins to exist.
INSERT INTO djs (id, name, name_key) VALUES (:id, :name, :name_key);

-- name: token
-- One token, revoked or not.
SELECT id, dj_id, name, digest, verifier, created_ms, revoked_ms FROM dj_tokens WHERE id = :id;

-- name: token_named
-- A token by its name at the broker, revoked or not: names are never used again.
SELECT id, dj_id, name, digest, verifier, created_ms, revoked_ms FROM dj_tokens WHERE name = :name;

-- name: add_token
-- A DJ gets a key.
INSERT INTO dj_tokens (id, dj_id, name, digest, verifier, created_ms)
VALUES (:id, :dj_id, :name, :digest, :verifier, :created_ms);

-- name: revoke_token
-- A key stops working; the first time counts.
UPDATE dj_tokens SET revoked_ms = :at_ms WHERE id = :id AND revoked_ms IS NULL;

-- name: working_token_by_digest
-- A key that works, and whose it is.
SELECT t.id, t.dj_id, t.name, t.digest, t.verifier, t.created_ms, t.revoked_ms, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.digest = :digest AND t.revoked_ms IS NULL;

-- name: working_token_by_name
-- A key that works, by its name at the broker, and whose it is.
SELECT t.id, t.dj_id, t.name, t.digest, t.verifier, t.created_ms, t.revoked_ms, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.name = :name AND t.revoked_ms IS NULL;

-- name: working_tokens
-- All keys that work, in the order they were made.
SELECT t.id, t.dj_id, t.name, t.digest, t.verifier, t.created_ms, t.revoked_ms, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.revoked_ms IS NULL ORDER BY t.number;

-- name: session
-- One session.
SELECT * FROM sessions WHERE id = :id;

-- name: active_session
-- The running session of a stage.
SELECT * FROM sessions WHERE stage_id = :stage_id AND ended IS NULL;

-- name: active_sessions_of
-- A DJ's running sessions, the latest first.
SELECT * FROM sessions WHERE dj_id = :dj_id AND ended IS NULL ORDER BY rowid DESC;

-- name: add_session
-- A set begins, or one is told of that is over already.
INSERT INTO sessions (id, stage_id, dj_id, dj_name, started_boot, started_boot_ms, started_wall_ms, started_trust,
    seen_boot, seen_boot_ms, seen_wall_ms, seen_trust, ended, ended_wall_ms)
VALUES (:id, :stage_id, :dj_id, :dj_name, :boot, :boot_ms, :wall_ms, :trust, :boot, :boot_ms, :wall_ms, :trust,
    :ended, :ended_wall_ms);

-- name: reopen_session
-- A set whose beginning was told late goes on.
UPDATE sessions SET ended = NULL, ended_wall_ms = NULL, seen_boot = :boot, seen_boot_ms = :boot_ms,
    seen_wall_ms = :wall_ms, seen_trust = :trust WHERE id = :id;

-- name: see_dj
-- The DJ gave a sign of life.
UPDATE sessions SET seen_boot = :boot, seen_boot_ms = :boot_ms, seen_wall_ms = :wall_ms, seen_trust = :trust
WHERE id = :id;

-- name: end_session
-- A set is over, and nothing is on any more.
UPDATE sessions SET ended = :reason, ended_wall_ms = :wall_ms, current_play_id = NULL WHERE id = :id AND ended IS NULL;

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
    acousticness, groove, heard_boot, heard_boot_ms, heard_wall_ms, heard_trust, age_ms)
VALUES (:id, :session_id, :stage_id, :track_id, :artist, :title, :bpm, :key, :energy, :danceability, :brightness,
    :acousticness, :groove, :boot, :boot_ms, :wall_ms, :trust, :age_ms);

-- name: set_track
-- More is known of a play's track.
UPDATE plays SET track_id = :track_id, artist = :artist, title = :title, bpm = :bpm, key = :key, energy = :energy,
    danceability = :danceability, brightness = :brightness, acousticness = :acousticness, groove = :groove
WHERE id = :id;

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
-- A set's plays, newest first.
SELECT * FROM plays WHERE session_id = :session_id AND retracted = 0 ORDER BY number DESC LIMIT :limit;

-- name: plays_of_stage
-- A stage's plays over all its sessions, newest first.
SELECT * FROM plays WHERE stage_id = :stage_id AND retracted = 0 ORDER BY number DESC LIMIT :limit;

-- name: add_like
-- A guest likes a play; nothing happens the second time.
INSERT INTO likes (play_id, guest_id, at_ms) VALUES (:play_id, :guest_id, :at_ms) ON CONFLICT DO NOTHING;

-- name: remove_like
-- A guest takes it back.
DELETE FROM likes WHERE play_id = :play_id AND guest_id = :guest_id;

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
-- A guest's likes, the newest first, with where and by whom they were played.
SELECT p.*, s.dj_name, st.name AS stage_name
FROM likes AS l
JOIN plays AS p ON p.id = l.play_id
JOIN sessions AS s ON s.id = p.session_id
JOIN stages AS st ON st.id = p.stage_id
WHERE l.guest_id = :guest_id AND p.retracted = 0 ORDER BY l.at_ms DESC, p.number DESC LIMIT :limit;

-- name: likes_by
-- Every play that a guest likes.
SELECT play_id FROM likes WHERE guest_id = :guest_id;

-- name: append_journal
-- Something happened.
INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)
VALUES (:kind, :v, :boot, :boot_ms, :wall_ms, :trust, :body);

-- name: journal_span
-- How far the journal reaches, and how many rows it holds.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS last_seq,
    coalesce((SELECT max(seq) FROM journal) - (SELECT min(seq) FROM journal) + 1, 0) AS waiting;

-- name: newest_stamp
-- When something was stored last, by the journal or, once that was carried away, by what was played.
SELECT * FROM (
    SELECT * FROM (
        SELECT 0 AS place, boot AS at_boot, boot_ms AS at_boot_ms, wall_ms AS at_wall_ms, trust AS at_trust
        FROM journal ORDER BY seq DESC LIMIT 1
    )
    UNION ALL
    SELECT * FROM (
        SELECT 1, heard_boot, heard_boot_ms, heard_wall_ms, heard_trust FROM plays ORDER BY number DESC LIMIT 1
    )
) ORDER BY place LIMIT 1;

-- name: release
-- One phone's release.
SELECT * FROM releases WHERE client = :client;

-- name: releases
-- Every release, the oldest first.
SELECT * FROM releases ORDER BY rowid;

-- name: set_release
-- A phone is released, or again: then it is the newest.
INSERT OR REPLACE INTO releases (client, granted_boot, granted_boot_ms, granted_wall_ms, granted_trust)
VALUES (:client, :boot, :boot_ms, :wall_ms, :trust);

-- name: end_release
-- A phone is released no more.
DELETE FROM releases WHERE client = :client;

-- name: journal_end
-- When the last journaled thing happened, as believed then.
SELECT wall_ms FROM journal ORDER BY seq DESC LIMIT 1;

-- name: nothing_is_on
-- What dancers saw when a copy was made is history by now.
UPDATE sessions SET current_play_id = NULL WHERE current_play_id IS NOT NULL;

-- name: table_names
-- Every table of ours.
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name;

-- name: strange_things
-- What a database of ours never has: a trigger, a view, a table that is made by a module.
SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1;

-- name: end_releases
-- No phone is released at another box.
DELETE FROM releases;

-- name: journal_end_seq
-- The journal's highest sequence ever, and its epoch.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS last_seq,
    (SELECT value FROM meta WHERE name = 'epoch') AS epoch,
    (SELECT value FROM meta WHERE name = 'box_id') AS box;

-- name: journal_first_seq
-- The oldest row that is still there.
SELECT min(seq) FROM journal;

-- name: journal_lines
-- Rows as the lines in which they travel: as `sync.journal.entries.Entry.line` makes them, only many times faster.
SELECT seq, CAST('[' || json_quote(kind) || ',' || v || ',' || json_quote(boot) || ',' || boot_ms || ',' || wall_ms
    || ',' || json_quote(trust) || ',' || body || ']' AS BLOB) AS line
FROM journal WHERE seq > :after ORDER BY seq;

-- name: journal_restorations
-- Where the journal goes on from a copy of itself, the oldest first.
SELECT seq, body FROM journal WHERE kind = 'journal.restored' AND seq > :after ORDER BY seq;

-- name: journal_stamp
-- When a row was written, as believed then.
SELECT seq, wall_ms FROM journal WHERE seq > :after ORDER BY seq LIMIT 1;

-- name: journal_first_after
-- The oldest row from a moment on; one whose clock nobody had set may be from any time.
SELECT seq FROM journal WHERE seq <= :to AND (wall_ms >= :from_ms OR trust IN ('none', 'saved')) ORDER BY seq LIMIT 1;

-- name: drop_journal
-- Rows go that are durable elsewhere, oldest first.
DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= :to ORDER BY seq LIMIT :most);

-- name: erase_in_journal
-- What a guest said becomes a row that says nothing: the sequence has no hole.
UPDATE journal SET kind = 'erased', body = '{}'
WHERE seq > :after AND seq <= :to AND kind <> 'guest.forgotten' AND instr(body, :guest) > 0
    AND json_extract(body, '$.guest') = :guest;

-- name: erase_forgotten
-- A wish to be forgotten that was carried away keeps no name either.
UPDATE journal SET kind = 'erased', body = '{}'
WHERE seq > :after AND seq <= :to AND kind = 'guest.forgotten' AND instr(body, :guest) > 0;

-- name: forgotten_in_journal
-- Who asked to be forgotten in a stretch of the journal.
SELECT seq, json_extract(body, '$.guest') AS guest FROM journal
WHERE seq > :after AND seq <= :to AND kind = 'guest.forgotten' ORDER BY seq;

-- name: shed_expired_intents
-- Announcements that nobody may get any more: of another boot, or past their time in this one.
UPDATE journal SET kind = 'shed', body = '{}'
WHERE seq > :after AND kind = 'intent.made'
    AND (boot <> :boot OR boot_ms + 1000 * coalesce(json_extract(body, '$.expires_after_s'), 0) < :boot_ms);

-- name: shed_presence_detail
-- Of how many were there, the minutes go and the sums stay.
UPDATE journal SET body = json_remove(body, '$.minutes', '$.came_from')
WHERE seq > :after AND kind = 'presence.counted' AND json_extract(body, '$.minutes') IS NOT NULL;

-- name: shed_presence
-- Not even the sums.
UPDATE journal SET kind = 'shed', body = '{}' WHERE seq > :after AND kind = 'presence.counted';

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
-- Sets that are over and of which no play is left.
DELETE FROM sessions WHERE ended IS NOT NULL AND started_wall_ms < :before_ms
    AND NOT EXISTS (SELECT 1 FROM plays AS p WHERE p.session_id = sessions.id);
