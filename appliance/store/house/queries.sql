-- What the house player goes by.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: house_tracks
-- What the house may choose from, page by page: one of each recording that can be played here and now.
SELECT t.id, t.of_group, t.artist, t.title, t.embedding, t.bpm, t.genre, t.explicit,
    min((t.id <> t.of_group) || t.id) AS chosen
FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
WHERE t.of_group > :after AND f.is_gone = 0 AND f.fault IS NULL AND t.embedding IS NOT NULL
GROUP BY t.of_group ORDER BY t.of_group LIMIT :limit;

-- name: house_tracks_like
-- The same of the recordings of some tracks (a JSON array of ids), and of those that are called by such an id.
SELECT t.id, t.of_group, t.artist, t.title, t.embedding, t.bpm, t.genre, t.explicit,
    min((t.id <> t.of_group) || t.id) AS chosen
FROM library_tracks AS t JOIN library_files AS f ON f.track_id = t.id
WHERE t.of_group IN (
        SELECT value FROM json_each(:ids)
        UNION SELECT of_group FROM library_tracks WHERE id IN (SELECT value FROM json_each(:ids))
    ) AND f.is_gone = 0 AND f.fault IS NULL AND t.embedding IS NOT NULL
GROUP BY t.of_group ORDER BY t.of_group;

-- name: house_words
-- What some guests (a JSON array of ids) like and dislike, as far as it counts.
SELECT guest_id, play_id, 1 AS is_like FROM likes
WHERE guest_id IN (SELECT value FROM json_each(:guest_ids)) AND counts = 1
UNION ALL
SELECT guest_id, play_id, 0 FROM dislikes
WHERE guest_id IN (SELECT value FROM json_each(:guest_ids)) AND counts = 1;

-- name: known_plays
-- Some plays (a JSON array of ids), and the recordings that they were.
SELECT p.*, t.of_group FROM plays AS p
LEFT JOIN play_tracks AS i ON i.play_id = p.id AND i.verdict IN ('found', 'confirmed')
LEFT JOIN library_tracks AS t ON t.id = i.track_id
WHERE p.id IN (SELECT value FROM json_each(:play_ids)) AND p.retracted = 0;

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

-- name: put_check_in
-- A guest is at a stage, whatever was kept before.
INSERT INTO check_ins (guest_id, stage_id, at_up_ms) VALUES (:guest_id, :stage_id, :at_up_ms)
ON CONFLICT (guest_id) DO UPDATE SET stage_id = excluded.stage_id, at_up_ms = excluded.at_up_ms;

-- name: drop_old_check_ins
-- Guests who were not seen for long.
DELETE FROM check_ins WHERE at_up_ms < :valid_from_ms;

-- name: drop_check_in
-- A guest left or is forgotten.
DELETE FROM check_ins WHERE guest_id = :guest_id;

-- name: check_ins
-- Every guest who is somewhere.
SELECT guest_id, stage_id, at_up_ms FROM check_ins ORDER BY at_up_ms, guest_id;

-- name: add_dislike
-- A guest would rather not hear a play; nothing happens the second time.
INSERT INTO dislikes (play_id, guest_id, at_ms, counts) VALUES (:play_id, :guest_id, :at_ms, :counts)
ON CONFLICT DO NOTHING;

-- name: remove_dislike
-- A guest takes it back; whether it counted.
DELETE FROM dislikes WHERE play_id = :play_id AND guest_id = :guest_id RETURNING counts;

-- name: settle_dislikes
-- A guest's dislikes count from now on, or not; which.
UPDATE dislikes SET counts = :counts WHERE guest_id = :guest_id AND counts <> :counts RETURNING play_id;

-- name: dislikes_of
-- How many there are of a play, as they count.
SELECT count(*) AS n FROM dislikes WHERE play_id = :play_id AND counts = 1;

-- name: dislikes_by
-- Every play that a guest would rather not hear.
SELECT play_id FROM dislikes WHERE guest_id = :guest_id;

-- name: disliked_among
-- Which of these plays (a JSON array of ids) a guest would rather not hear.
SELECT play_id FROM dislikes WHERE guest_id = :guest_id AND play_id IN (SELECT value FROM json_each(:play_ids));

-- name: dislikes_of_plays
-- How many there are of each of these plays (a JSON array of ids), as they count.
SELECT play_id, count(*) AS n FROM dislikes
WHERE counts = 1 AND play_id IN (SELECT value FROM json_each(:play_ids)) GROUP BY play_id;

-- name: add_ballot
-- Dancers are asked what shall come next.
INSERT INTO ballots (id, stage_id, play_id, why, is_open, won)
VALUES (:id, :stage_id, :play_id, :why, :is_open, :won);

-- name: add_ballot_candidate
-- One of the tracks.
INSERT INTO ballot_candidates (ballot_id, place, track_id, artist, title, why)
VALUES (:ballot_id, :place, :track_id, :artist, :title, :why);

-- name: ballot
-- One ballot, with its candidates as a JSON array of arrays.
SELECT b.*, (SELECT json_group_array(json_array(track_id, artist, title, why, votes)) FROM (
    SELECT track_id, artist, title, why, votes FROM ballot_candidates WHERE ballot_id = b.id ORDER BY place
)) AS candidates
FROM ballots AS b WHERE b.id = :id;

-- name: ballot_of_play
-- What was asked while a play was on.
SELECT id FROM ballots WHERE play_id = :play_id;

-- name: newest_ballot
-- A stage's newest.
SELECT id FROM ballots WHERE stage_id = :stage_id ORDER BY number DESC LIMIT 1;

-- name: newest_ballots
-- Each stage's newest.
SELECT id FROM ballots WHERE number IN (SELECT max(number) FROM ballots GROUP BY stage_id) ORDER BY number;

-- name: close_ballot
-- What comes next is decided; the first word counts.
UPDATE ballots SET is_open = 0, won = :won WHERE id = :id AND is_open = 1;

-- name: ballot_word
-- A guest's vote.
SELECT ballot_id, place, counts FROM ballot_votes WHERE ballot_id = :ballot_id AND guest_id = :guest_id;

-- name: set_ballot_word
-- A guest's last vote.
INSERT INTO ballot_votes (ballot_id, guest_id, place, counts) VALUES (:ballot_id, :guest_id, :place, :counts)
ON CONFLICT (ballot_id, guest_id) DO UPDATE SET place = excluded.place, counts = excluded.counts;

-- name: remove_ballot_word
-- A guest takes it back.
DELETE FROM ballot_votes WHERE ballot_id = :ballot_id AND guest_id = :guest_id;

-- name: count_ballot_word
-- Moves a candidate's counter with its rows, in the same transaction.
UPDATE ballot_candidates SET votes = votes + :step WHERE ballot_id = :ballot_id AND place = :place;

-- name: ballot_words_by
-- Every vote of a guest.
SELECT ballot_id, place, counts FROM ballot_votes WHERE guest_id = :guest_id;

-- name: add_house_choice
-- The house chose a track.
INSERT INTO house_choices (stage_id, track_id, artist_key, title_key, why)
VALUES (:stage_id, :track_id, :artist_key, :title_key, :why);

-- name: drop_old_house_choices
-- Of each stage the newest are enough.
DELETE FROM house_choices WHERE stage_id = :stage_id AND number <= (
    SELECT number FROM house_choices WHERE stage_id = :stage_id ORDER BY number DESC LIMIT 1 OFFSET :most);

-- name: house_choices
-- What the house chose for a stage, newest first.
SELECT * FROM house_choices WHERE stage_id = :stage_id ORDER BY number DESC LIMIT :limit;
