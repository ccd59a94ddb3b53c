-- What the hall is told.

-- name: announcement
-- One announcement.
SELECT * FROM announcements WHERE id = :id;

-- name: add_announcement
-- Something is said to a stage or an event.
INSERT INTO announcements (id, event_id, stage_id, session_id, author, said_by, text, level, duration_s,
    made_boot, made_boot_ms, made_wall_ms, made_trust, intent_seq)
VALUES (:id, :event_id, :stage_id, :session_id, :author, :said_by, :text, :level, :duration_s,
    :boot, :boot_ms, :wall_ms, :trust, :intent_seq)
RETURNING number;

-- name: running_announcements
-- What nobody has ended, oldest first.
SELECT * FROM announcements WHERE ended IS NULL ORDER BY number;

-- name: newest_announcement
-- The number of the newest.
SELECT number FROM announcements ORDER BY number DESC LIMIT 1;

-- name: announced_by
-- When somebody made the latest.
SELECT made_boot, made_boot_ms, made_wall_ms, made_trust FROM announcements
WHERE author = :author ORDER BY number DESC LIMIT :limit;

-- name: end_announcement
-- It does not count any more; the first word counts.
UPDATE announcements SET ended = :ending, ended_wall_ms = :wall_ms WHERE id = :id AND ended IS NULL;

-- name: set_announcement_phones
-- How many phones got it.
UPDATE announcements SET phones = :phones WHERE id = :id;

-- name: announcements_at
-- What was said to a stage or to its whole event; nothing from behind locks that were not opened.
SELECT a.* FROM announcements AS a JOIN stages AS s ON s.id = :stage_id
LEFT JOIN sessions AS se ON se.id = a.session_id
WHERE a.event_id = s.event_id AND (a.stage_id IS NULL OR a.stage_id = s.id)
    AND (se.lock_id IS NULL OR se.lock_id IN (SELECT value FROM json_each(:inside)))
ORDER BY a.number DESC LIMIT :limit;

-- name: announcements_of_event
-- What was said to an event or to any of its stages.
SELECT * FROM announcements WHERE event_id = :event_id ORDER BY number DESC LIMIT :limit;

-- name: announcements_of_session
-- What a DJ said in one set.
SELECT * FROM announcements WHERE session_id = :session_id ORDER BY number DESC LIMIT :limit;

-- name: nothing_is_said
-- What ran when a copy was made may have been taken back since.
UPDATE announcements SET ended = :ending WHERE ended IS NULL;

-- name: drop_old_announcements
-- Announcements that are kept no longer.
DELETE FROM announcements WHERE number IN (
    SELECT number FROM announcements WHERE ended IS NOT NULL AND made_wall_ms < :before_ms ORDER BY number LIMIT :most);
