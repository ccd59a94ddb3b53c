-- Shadow bans, and who says how much.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: ban_of
-- The ban of a guest that is in force.
SELECT * FROM shadow_bans WHERE guest_id = :guest_id AND lifted_boot IS NULL;

-- name: add_ban
-- A guest's words count in no sum from now on.
INSERT INTO shadow_bans (event_id, guest_id, why, by_kind, by_id, since_boot, since_boot_ms, since_wall_ms, since_trust)
VALUES (:event_id, :guest_id, :why, :by_kind, :by_id, :boot, :boot_ms, :wall_ms, :trust);

-- name: lift_ban
-- A guest's ban ends.
UPDATE shadow_bans SET lifted_boot = :boot, lifted_boot_ms = :boot_ms, lifted_wall_ms = :wall_ms, lifted_trust = :trust
WHERE guest_id = :guest_id AND lifted_boot IS NULL;

-- name: forget_bans
-- A guest who is forgotten leaves no ban behind.
DELETE FROM shadow_bans WHERE guest_id = :guest_id;

-- name: bans
-- An event's bans, the newest first.
SELECT * FROM shadow_bans WHERE event_id = :event_id AND (:before IS NULL OR number < :before)
ORDER BY number DESC LIMIT :limit;

-- name: banned_among
-- Whose ban is in force, of some guests (a JSON array of ids).
SELECT guest_id FROM shadow_bans
WHERE lifted_boot IS NULL AND guest_id IN (SELECT value FROM json_each(:guest_ids));

-- name: loudest
-- Who has said most of an event's last 200 plays and in its last 20 polls.
WITH recent AS (
    SELECT p.id FROM plays AS p JOIN stages AS s ON s.id = p.stage_id
    WHERE s.event_id = :event_id ORDER BY p.number DESC LIMIT 200
), asked AS (
    SELECT q.id FROM polls AS q JOIN stages AS s ON s.id = q.stage_id
    WHERE s.event_id = :event_id ORDER BY q.number DESC LIMIT 20
), words AS (
    SELECT guest_id, 'like' AS kind, counts FROM likes WHERE play_id IN (SELECT id FROM recent)
    UNION ALL SELECT guest_id, 'tempo', counts FROM tempo_votes WHERE play_id IN (SELECT id FROM recent)
    UNION ALL SELECT guest_id, 'answer', counts FROM poll_votes WHERE poll_id IN (SELECT id FROM asked)
    UNION ALL SELECT guest_id, 'answer', counts FROM dislikes WHERE play_id IN (SELECT id FROM recent)
    UNION ALL SELECT v.guest_id, 'answer', v.counts FROM ballot_votes AS v JOIN ballots AS b ON b.id = v.ballot_id
        WHERE b.play_id IN (SELECT id FROM recent)
    UNION ALL SELECT guest_id, 'reaction', counts FROM reactions
        WHERE session_id IN (SELECT session_id FROM plays WHERE id IN (SELECT id FROM recent))
)
SELECT guest_id, sum(kind = 'like') AS likes, sum(kind = 'tempo') AS tempo_votes, sum(kind = 'reaction') AS reactions,
    sum(kind = 'answer') AS answers, sum(counts) AS counted
FROM words GROUP BY guest_id ORDER BY count(*) DESC, guest_id LIMIT :limit;

-- name: weight
-- All that a guest has said.
WITH words AS (
    SELECT 'like' AS kind, counts FROM likes WHERE guest_id = :guest_id
    UNION ALL SELECT 'tempo', counts FROM tempo_votes WHERE guest_id = :guest_id
    UNION ALL SELECT 'answer', counts FROM poll_votes WHERE guest_id = :guest_id
    UNION ALL SELECT 'answer', counts FROM dislikes WHERE guest_id = :guest_id
    UNION ALL SELECT 'answer', counts FROM ballot_votes WHERE guest_id = :guest_id
    UNION ALL SELECT 'reaction', counts FROM reactions WHERE guest_id = :guest_id
)
SELECT :guest_id AS guest_id, coalesce(sum(kind = 'like'), 0) AS likes, coalesce(sum(kind = 'tempo'), 0) AS tempo_votes,
    coalesce(sum(kind = 'reaction'), 0) AS reactions, coalesce(sum(kind = 'answer'), 0) AS answers,
    coalesce(sum(counts), 0) AS counted
FROM words;
