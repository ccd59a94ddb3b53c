-- What the house player goes by.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: house_tracks
-- What the house may choose from: one of each recording that can be played here and now, as `library_playable` has it.
SELECT t.id, t.artist, t.title, t.embedding, t.bpm, t.genre, t.explicit, min((t.id <> t.of_group) || t.id) AS chosen
FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
WHERE f.is_gone = 0 AND f.fault IS NULL AND t.embedding IS NOT NULL
GROUP BY t.of_group ORDER BY t.id;

-- name: house_words
-- What some guests (a JSON array of ids) like, as far as it counts.
SELECT l.guest_id, t.artist_key, t.title_key, l.at_ms
FROM likes AS l JOIN plays AS p ON p.id = l.play_id JOIN tracks AS t ON t.id = p.track_id
WHERE l.guest_id IN (SELECT value FROM json_each(:guest_ids)) AND l.counts = 1 AND p.retracted = 0;

-- name: stage_house
-- A stage's zone, and what its manager wants.
SELECT e.zone, r.* FROM stages AS s JOIN events AS e ON e.id = s.event_id
LEFT JOIN house_rules AS r ON r.stage_id = s.id WHERE s.id = :stage_id;

-- name: set_house_rules
-- A manager wants something else.
INSERT INTO house_rules (stage_id, genres, allows_explicit, bpm_from, bpm_until, opens_min, closes_min)
VALUES (:stage_id, :genres, :allows_explicit, :bpm_from, :bpm_until, :opens_min, :closes_min)
ON CONFLICT (stage_id) DO UPDATE SET
    genres = excluded.genres, allows_explicit = excluded.allows_explicit, bpm_from = excluded.bpm_from,
    bpm_until = excluded.bpm_until, opens_min = excluded.opens_min, closes_min = excluded.closes_min;
