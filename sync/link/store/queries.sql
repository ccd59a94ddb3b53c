-- Every statement of the link, named and told. `-- name:` begins one; the line after it says what it is for.

-- name: meta
-- One fact.
SELECT value FROM meta WHERE name = :name;

-- name: set_meta
-- Sets or replaces a fact.
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: history
-- Where the history for a box stands.
SELECT box, epoch, acked_seq, acked_chain, last_seq, last_chain FROM histories WHERE box = :box;

-- name: set_history
-- Moves a history on, or begins it.
INSERT INTO histories (box, epoch, acked_seq, acked_chain, last_seq, last_chain)
VALUES (:box, :epoch, :acked_seq, :acked_chain, :last_seq, :last_chain)
ON CONFLICT (box) DO UPDATE SET epoch = excluded.epoch, acked_seq = excluded.acked_seq,
    acked_chain = excluded.acked_chain, last_seq = excluded.last_seq, last_chain = excluded.last_chain;

-- name: add_entry
-- One more line.
INSERT INTO entries (box, seq, line, chain) VALUES (:box, :seq, :line, :chain);

-- name: entries_after
-- Lines behind a place, oldest first.
SELECT seq, line FROM entries WHERE box = :box AND seq > :seq ORDER BY seq LIMIT :most;

-- name: chain_at
-- The chain after a line.
SELECT chain FROM entries WHERE box = :box AND seq = :seq;

-- name: forget_entries
-- Lines that the box has had for long.
DELETE FROM entries WHERE box = :box AND seq <= :seq;

-- name: known_boxes
-- The boxes that the DJ paired with.
SELECT id, name, certificate, token, host, port FROM boxes ORDER BY name, id;

-- name: keep_box
-- A box, or what changed about it.
INSERT INTO boxes (id, name, certificate, token, host, port) VALUES (:id, :name, :certificate, :token, :host, :port)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, certificate = excluded.certificate, token = excluded.token,
    host = excluded.host, port = excluded.port;

-- name: move_box
-- A box has another address.
UPDATE boxes SET host = :host, port = :port WHERE id = :id;

-- name: forget_box
-- The DJ is done with a box.
DELETE FROM boxes WHERE id = :id;

-- name: cursor
-- How far a source was read.
SELECT cursor FROM cursors WHERE source = :source;

-- name: set_cursor
-- A source was read further.
INSERT INTO cursors (source, cursor) VALUES (:source, :cursor)
ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor;

-- name: add_play
-- A play was announced; one that was already changes nothing.
INSERT INTO plays (id, box, source, native_id, artist, title, at_ms, bpm, bpm_origin, key, key_origin, tempo)
VALUES (:id, :box, :source, :native_id, :artist, :title, :at_ms, :bpm, :bpm_origin, :key, :key_origin, :tempo)
ON CONFLICT DO NOTHING;

-- name: set_known
-- More is known of a play.
UPDATE plays SET artist = :artist, title = :title, bpm = :bpm, bpm_origin = :bpm_origin, key = :key,
    key_origin = :key_origin, tempo = :tempo
WHERE id = :id;

-- name: play_of
-- The play that a sighting led to.
SELECT * FROM plays WHERE source = :source AND native_id = :native_id;

-- name: last_plays
-- What was announced last, the newest first.
SELECT * FROM plays ORDER BY number DESC LIMIT :most;

-- name: retract_play
-- The DJ took a play back.
UPDATE plays SET retracted = 1 WHERE id = :id AND retracted = 0;

-- name: words_of_play
-- What a play is called.
SELECT artist, title FROM plays WHERE id = :id;

-- name: add_aside
-- A box could not use an entry; told twice, it is one.
INSERT INTO asides (box, epoch, seq, code, kind, words, at_ms)
VALUES (:box, :epoch, :seq, :code, :kind, :words, :at_ms) ON CONFLICT DO NOTHING;

-- name: forget_asides
-- All but the newest.
DELETE FROM asides WHERE (box, epoch, seq) NOT IN
    (SELECT box, epoch, seq FROM asides ORDER BY at_ms DESC, seq DESC LIMIT :most);

-- name: asides
-- What boxes could not use since a moment, the newest first.
SELECT box, epoch, seq, code, kind, words, at_ms FROM asides WHERE at_ms >= :since_ms ORDER BY at_ms DESC, seq DESC;

-- name: add_unheard
-- A play's file is to be listened to.
INSERT INTO unheard (play_id, path, is_ghost) VALUES (:play_id, :path, :is_ghost)
ON CONFLICT (play_id) DO UPDATE SET path = excluded.path, is_ghost = excluded.is_ghost;

-- name: forget_unheard
-- All but the newest.
DELETE FROM unheard WHERE rowid NOT IN (SELECT rowid FROM unheard ORDER BY rowid DESC LIMIT :most);

-- name: next_unheard
-- Whose file comes next: the newest play that nobody knows a tempo of, then the newest.
SELECT p.*, u.path FROM unheard AS u JOIN plays AS p ON p.id = u.play_id
ORDER BY u.is_ghost DESC, p.number DESC LIMIT 1;

-- name: count_unheard
-- How many files wait.
SELECT count(*) AS files FROM unheard;

-- name: drop_unheard
-- There is nothing more to do for a play.
DELETE FROM unheard WHERE play_id = :play_id;

-- name: sounds_of_file
-- What is known of the very file that is there now.
SELECT * FROM sounds WHERE path = :path AND size = :size AND modified_ns = :modified_ns;

-- name: sounds_of_hash
-- What is known of a file with this content.
SELECT * FROM sounds WHERE file_hash = :file_hash AND version = :version AND told IS NOT NULL LIMIT 1;

-- name: keep_sounds
-- A file was listened to.
INSERT INTO sounds (path, size, modified_ns, file_hash, version, told, at_ms)
VALUES (:path, :size, :modified_ns, :file_hash, :version, :told, :at_ms)
ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified_ns = excluded.modified_ns,
    file_hash = excluded.file_hash, version = excluded.version, told = excluded.told, at_ms = excluded.at_ms;

-- name: forget_sounds
-- All but what was looked at last.
DELETE FROM sounds WHERE path NOT IN (SELECT path FROM sounds ORDER BY at_ms DESC LIMIT :most);
