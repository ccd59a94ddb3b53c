-- Tempo votes, reactions, polls, and whose words count.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: tempo_vote
-- A guest's vote on a play.
SELECT play_id, vote, counts FROM tempo_votes WHERE play_id = :play_id AND guest_id = :guest_id;

-- name: set_tempo_vote
-- A guest's last word.
INSERT INTO tempo_votes (play_id, guest_id, vote, counts) VALUES (:play_id, :guest_id, :vote, :counts)
ON CONFLICT (play_id, guest_id) DO UPDATE SET vote = excluded.vote, counts = excluded.counts;

-- name: remove_tempo_vote
-- A guest takes it back.
DELETE FROM tempo_votes WHERE play_id = :play_id AND guest_id = :guest_id;

-- name: count_tempo
-- Moves a play's counters with its rows, in the same transaction.
UPDATE plays SET tempo_slower = tempo_slower + :slower, tempo_perfect = tempo_perfect + :perfect,
    tempo_faster = tempo_faster + :faster
WHERE id = :play_id;

-- name: tempo_votes_by
-- Every tempo vote of a guest.
SELECT play_id, vote, counts FROM tempo_votes WHERE guest_id = :guest_id;

-- name: add_reaction
-- A tap for the DJ; nothing happens the second time.
INSERT INTO reactions (guest_id, id, session_id, play_id, kind, counts)
VALUES (:guest_id, :id, :session_id, :play_id, :kind, :counts) ON CONFLICT DO NOTHING;

-- name: reactions_of
-- How many of each kind a set had, as they count.
SELECT kind, count(*) AS n FROM reactions WHERE session_id = :session_id AND counts = 1 GROUP BY kind;

-- name: reactions_by
-- Every reaction of a guest.
SELECT r.id, r.session_id, r.play_id, r.kind, r.counts, s.stage_id
FROM reactions AS r JOIN sessions AS s ON s.id = r.session_id WHERE r.guest_id = :guest_id;

-- name: settle_reaction
-- A reaction counts from now on, or not.
UPDATE reactions SET counts = :counts WHERE guest_id = :guest_id AND id = :id;

-- name: remove_reactions
-- Everything a guest told DJs goes.
DELETE FROM reactions WHERE guest_id = :guest_id;

-- name: add_poll
-- Somebody asks everybody on a stage.
INSERT INTO polls (id, stage_id, session_id, question, lasts_s, opened_boot, opened_boot_ms, opened_wall_ms,
    opened_trust)
VALUES (:id, :stage_id, :session_id, :question, :lasts_s, :boot, :boot_ms, :wall_ms, :trust);

-- name: add_poll_option
-- One of the answers.
INSERT INTO poll_options (poll_id, place, text) VALUES (:poll_id, :place, :text);

-- name: poll
-- One poll, with its options and their votes as a JSON array of arrays.
SELECT q.*, (SELECT json_group_array(json_array(text, votes)) FROM (
    SELECT text, votes FROM poll_options WHERE poll_id = q.id ORDER BY place)) AS options
FROM polls AS q WHERE q.id = :id;

-- name: running_poll
-- The poll that runs on a stage.
SELECT id FROM polls WHERE stage_id = :stage_id AND end_reason IS NULL;

-- name: running_polls
-- Every poll that runs.
SELECT id FROM polls WHERE end_reason IS NULL ORDER BY number;

-- name: last_poll
-- The newest poll of a set; without a set, the newest of the organisers' on the stage.
SELECT id FROM polls WHERE stage_id = :stage_id AND session_id IS :session_id ORDER BY number DESC LIMIT 1;

-- name: polls_of_stage
-- The polls of a stage, newest first.
SELECT id FROM polls WHERE stage_id = :stage_id ORDER BY number DESC LIMIT :limit;

-- name: polls_of_session
-- The polls of a set, in the order in which they were asked.
SELECT id FROM polls WHERE session_id = :session_id ORDER BY number;

-- name: end_poll
-- A poll is over; the first end counts.
UPDATE polls SET end_reason = :reason, ended_boot = :boot, ended_boot_ms = :boot_ms, ended_wall_ms = :wall_ms,
    ended_trust = :trust WHERE id = :id AND end_reason IS NULL;

-- name: poll_vote
-- A guest's answer.
SELECT poll_id, place, counts FROM poll_votes WHERE poll_id = :poll_id AND guest_id = :guest_id;

-- name: set_poll_vote
-- A guest's last answer.
INSERT INTO poll_votes (poll_id, guest_id, place, counts) VALUES (:poll_id, :guest_id, :place, :counts)
ON CONFLICT (poll_id, guest_id) DO UPDATE SET place = excluded.place, counts = excluded.counts;

-- name: remove_poll_vote
-- A guest takes it back.
DELETE FROM poll_votes WHERE poll_id = :poll_id AND guest_id = :guest_id;

-- name: count_poll_vote
-- Moves an option's counter with its rows, in the same transaction.
UPDATE poll_options SET votes = votes + :step WHERE poll_id = :poll_id AND place = :place;

-- name: poll_votes_by
-- Every answer of a guest.
SELECT v.poll_id, v.place, v.counts FROM poll_votes AS v WHERE v.guest_id = :guest_id;

-- name: tempo_votes_among
-- A guest's tempo votes on some plays (a JSON array of ids).
SELECT play_id, vote FROM tempo_votes
WHERE guest_id = :guest_id AND play_id IN (SELECT value FROM json_each(:play_ids));

-- name: unheard
-- Guests of whom something is kept that does not count, without those who are banned.
SELECT guest_id FROM (
    SELECT guest_id FROM likes WHERE counts = 0
    UNION SELECT guest_id FROM tempo_votes WHERE counts = 0
    UNION SELECT guest_id FROM reactions WHERE counts = 0
    UNION SELECT guest_id FROM poll_votes WHERE counts = 0
    UNION SELECT guest_id FROM dislikes WHERE counts = 0
    UNION SELECT guest_id FROM ballot_votes WHERE counts = 0
) WHERE guest_id NOT IN (SELECT guest_id FROM shadow_bans WHERE lifted_boot IS NULL) LIMIT :limit;

-- name: raw_likes
-- Likes of some plays (a JSON array of ids) that are kept and do not count.
SELECT play_id, count(*) AS n FROM likes
WHERE play_id IN (SELECT value FROM json_each(:play_ids)) AND counts = 0 GROUP BY play_id;

-- name: raw_tempo
-- Tempo votes on some plays (a JSON array of ids) that are kept and do not count.
SELECT play_id, vote, count(*) AS n FROM tempo_votes
WHERE play_id IN (SELECT value FROM json_each(:play_ids)) AND counts = 0 GROUP BY play_id, vote;

-- name: raw_votes
-- Answers in some polls (a JSON array of ids) that are kept and do not count.
SELECT poll_id, place, count(*) AS n FROM poll_votes
WHERE poll_id IN (SELECT value FROM json_each(:poll_ids)) AND counts = 0 GROUP BY poll_id, place;

-- name: drop_old_polls
-- The organisers' polls that are over and kept no longer; a set's go with the set.
DELETE FROM polls WHERE number IN (
    SELECT number FROM polls WHERE session_id IS NULL AND end_reason IS NOT NULL AND opened_wall_ms < :before_ms
    ORDER BY number LIMIT :most);
