-- The box's own tracks: files, and what is known of their sound.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: library_track
-- One track.
SELECT * FROM library_tracks WHERE id = :id;

-- name: library_track_by_hash
-- The track that a file with this content is.
SELECT * FROM library_tracks WHERE file_hash = :file_hash;

-- name: put_library_track
-- A track is heard for the first time, or again.
INSERT INTO library_tracks (
    id, file_hash, of_group, artist, title, album, genre, explicit, searched, version, duration_ms, sound_from_ms,
    sound_till_ms, bpm, bpm_sure, bpm_steady, bpm_others, first_beat_ms, tonic, is_minor, key_sure, tuning_cents, key,
    camelot, lufs, energy, danceability, brightness, acousticness, groove, swing, embedding, fingerprint, gaps, shape,
    course, heard_boot, heard_boot_ms, heard_wall_ms, heard_trust
) VALUES (
    :id, :file_hash, :of_group, :artist, :title, :album, :genre, :explicit, :searched, :version, :duration_ms,
    :sound_from_ms, :sound_till_ms, :bpm, :bpm_sure, :bpm_steady, :bpm_others, :first_beat_ms, :tonic, :is_minor,
    :key_sure, :tuning_cents, :key, :camelot, :lufs, :energy, :danceability, :brightness, :acousticness, :groove,
    :swing, :embedding, :fingerprint, :gaps, :shape, :course, :boot, :boot_ms, :wall_ms, :trust
)
ON CONFLICT (id) DO UPDATE SET
    file_hash = excluded.file_hash, of_group = excluded.of_group, artist = excluded.artist, title = excluded.title, album = excluded.album,
    genre = excluded.genre, explicit = excluded.explicit, searched = excluded.searched, version = excluded.version,
    duration_ms = excluded.duration_ms, sound_from_ms = excluded.sound_from_ms, sound_till_ms = excluded.sound_till_ms,
    bpm = excluded.bpm, bpm_sure = excluded.bpm_sure, bpm_steady = excluded.bpm_steady,
    bpm_others = excluded.bpm_others, first_beat_ms = excluded.first_beat_ms, tonic = excluded.tonic,
    is_minor = excluded.is_minor, key_sure = excluded.key_sure, tuning_cents = excluded.tuning_cents,
    key = excluded.key, camelot = excluded.camelot, lufs = excluded.lufs, energy = excluded.energy,
    danceability = excluded.danceability, brightness = excluded.brightness, acousticness = excluded.acousticness,
    groove = excluded.groove, swing = excluded.swing, embedding = excluded.embedding,
    fingerprint = excluded.fingerprint, gaps = excluded.gaps, shape = excluded.shape, course = excluded.course, heard_boot = excluded.heard_boot,
    heard_boot_ms = excluded.heard_boot_ms, heard_wall_ms = excluded.heard_wall_ms, heard_trust = excluded.heard_trust;

-- name: library_file
-- What is known of a path.
SELECT * FROM library_files WHERE path = :path;

-- name: put_library_file
-- A file was looked at.
INSERT INTO library_files (path, root, size, modified_ns, track_id, fault, version, is_gone)
VALUES (:path, :root, :size, :modified_ns, :track_id, :fault, :version, :is_gone)
ON CONFLICT (path) DO UPDATE SET
    root = excluded.root, size = excluded.size, modified_ns = excluded.modified_ns, track_id = excluded.track_id,
    fault = excluded.fault, version = excluded.version, is_gone = excluded.is_gone;

-- name: library_tracks_of_root
-- What would be missed if a stick were pulled out.
SELECT DISTINCT track_id FROM library_files WHERE root = :root AND is_gone = 0 AND track_id IS NOT NULL;

-- name: library_root_gone
-- A stick was pulled out, or a folder is no longer looked into.
UPDATE library_files SET is_gone = 1 WHERE root = :root AND is_gone = 0;

-- name: drop_library_file
-- A file is not to be spoken of any more.
DELETE FROM library_files WHERE path = :path;

-- name: library_roots
-- Folders and sticks in which some file is there as far as anybody knows.
SELECT DISTINCT root FROM library_files WHERE is_gone = 0 ORDER BY root;

-- name: library_files_of_root
-- Files ever seen in a folder or on a stick, page by page.
SELECT * FROM library_files WHERE root = :root AND path > :after ORDER BY path LIMIT :limit;

-- name: library_files_of_track
-- Where a track is, what is there first.
SELECT * FROM library_files WHERE track_id = :track_id ORDER BY is_gone, path;

-- name: library_files_of_size
-- How many files have exactly so many bytes: whether one of them may be a copy.
SELECT count(*) AS files FROM library_files WHERE size = :size AND track_id IS NOT NULL;

-- name: library_faulty
-- Files that nobody could listen to.
SELECT * FROM library_files WHERE fault IS NOT NULL AND is_gone = 0 ORDER BY path LIMIT :limit OFFSET :after;

-- name: library_group
-- Every track that is the same recording, the first one first.
SELECT * FROM library_tracks WHERE of_group = :of_group ORDER BY id <> of_group, id;

-- name: library_copies
-- How many tracks each of some recordings is.
SELECT of_group, count(*) AS copies FROM library_tracks
WHERE of_group IN (SELECT value FROM json_each(:groups)) GROUP BY of_group;

-- name: library_here
-- Which of some recordings a file here holds.
SELECT DISTINCT t.of_group FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
WHERE t.of_group IN (SELECT value FROM json_each(:groups)) AND f.is_gone = 0 AND f.fault IS NULL;

-- name: library_marked
-- Tracks that may be the same recording as one with some marks (a JSON array) and some length, the likeliest first.
SELECT t.id, t.of_group, t.fingerprint FROM (
    SELECT track_id, count(*) AS shared FROM library_marks
    WHERE mark IN (SELECT value FROM json_each(:marks)) GROUP BY track_id HAVING shared >= :fewest
) AS f JOIN library_tracks AS t ON t.id = f.track_id
WHERE t.duration_ms BETWEEN :least_ms AND :most_ms AND t.fingerprint IS NOT NULL
ORDER BY f.shared DESC, t.id LIMIT :limit;

-- name: library_fingerprint
-- What a track was found by.
SELECT fingerprint FROM library_tracks WHERE id = :id;

-- name: library_fingerprints
-- The same of many, page by page.
SELECT id, fingerprint FROM library_tracks WHERE id > :after ORDER BY id LIMIT :limit;

-- name: drop_library_mark
-- A track sounds otherwise now.
DELETE FROM library_marks WHERE mark = :mark AND track_id = :track_id;

-- name: put_library_mark
-- A track is found by this.
INSERT INTO library_marks (mark, track_id) VALUES (:mark, :track_id) ON CONFLICT DO NOTHING;

-- name: library_search
-- Tracks in whose words each word is found, the earlier the better. One of a recording is enough. Looks into an index
-- that has all that it needs: rows are read for the few that are wanted, for fingerprints make them long.
WITH found AS (
    SELECT id, searched, min(id <> of_group) AS later FROM library_tracks
    WHERE instr(searched, :word1) AND instr(searched, :word2) AND instr(searched, :word3)
        AND instr(searched, :word4) AND instr(searched, :word5) AND instr(searched, :word6)
    GROUP BY of_group
    ORDER BY instr(searched, :word1), searched, id LIMIT :limit OFFSET :after
)
SELECT t.* FROM found JOIN library_tracks AS t ON t.id = found.id
ORDER BY instr(found.searched, :word1), found.searched, found.id;

-- name: library_playable_track
-- Where one recording can be played from.
SELECT t.*, f.path FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
WHERE t.of_group = (SELECT of_group FROM library_tracks WHERE id = :id) AND f.is_gone = 0 AND f.fault IS NULL
ORDER BY t.id <> :id, f.path LIMIT 1;

-- name: library_counts
-- How much there is.
SELECT
    (SELECT count(*) FROM library_files WHERE is_gone = 0) AS files,
    (SELECT count(*) FROM library_files WHERE is_gone = 0 AND track_id IS NOT NULL) AS heard,
    (SELECT count(*) FROM library_files WHERE is_gone = 0 AND fault IS NOT NULL) AS faulty,
    (SELECT count(*) FROM library_files WHERE is_gone = 1) AS gone,
    (SELECT count(DISTINCT t.of_group) FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
     WHERE f.is_gone = 0 AND f.fault IS NULL AND t.embedding IS NOT NULL) AS playable;
