-- Plans: slots, bookings, stars, how sets end, and what was heard at an event before.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: slot
-- One slot.
SELECT s.*, d.name AS dj_name FROM slots AS s LEFT JOIN djs AS d ON d.id = s.dj_id WHERE s.id = :id;

-- name: slots_of_event
-- An event's slots, about as they begin.
SELECT s.*, d.name AS dj_name FROM slots AS s LEFT JOIN djs AS d ON d.id = s.dj_id
WHERE s.event_id = :event_id ORDER BY s.begins, s.number;

-- name: slots_near
-- What may stand in a slot's way: on its stage or of its DJ, in some days by any zone's clock.
SELECT s.*, d.name AS dj_name FROM slots AS s LEFT JOIN djs AS d ON d.id = s.dj_id
WHERE (s.stage_id = :stage_id OR s.dj_id = :dj_id) AND s.begins BETWEEN :first AND :last ORDER BY s.begins, s.number;

-- name: slots_of_dj
-- A DJ's slots at every event, the latest first.
SELECT s.*, d.name AS dj_name FROM slots AS s JOIN djs AS d ON d.id = s.dj_id
WHERE s.dj_id = :dj_id ORDER BY s.begins DESC, s.number DESC LIMIT :limit;

-- name: count_slots
-- How many slots an event has.
SELECT count(*) AS n FROM slots WHERE event_id = :event_id;

-- name: add_slot
-- A slot comes into the plan.
INSERT INTO slots (id, event_id, stage_id, begins, begins_again, ends, ends_again, dj_id, title, booking, word, version)
VALUES (:id, :event_id, :stage_id, :begins, :begins_again, :ends, :ends_again, :dj_id, :title, :booking, :word,
    :version);

-- name: set_slot
-- A slot is otherwise.
UPDATE slots SET stage_id = :stage_id, begins = :begins, begins_again = :begins_again, ends = :ends,
    ends_again = :ends_again, dj_id = :dj_id, title = :title, booking = :booking, word = :word, version = :version
WHERE id = :id AND event_id = :event_id;

-- name: drop_slot
-- A slot goes out of the plan, and its stars with it.
DELETE FROM slots WHERE id = :id;

-- name: plan_version
-- How often an event's plan was changed.
SELECT version FROM plans WHERE event_id = :event_id;

-- name: turn_plan
-- It is changed once more.
INSERT INTO plans (event_id, version) VALUES (:event_id, 1)
ON CONFLICT (event_id) DO UPDATE SET version = version + 1 RETURNING version;

-- name: add_star
-- A guest wants to be there; nothing happens the second time.
INSERT INTO stars (slot_id, guest_id, at_ms) VALUES (:slot_id, :guest_id, :at_ms) ON CONFLICT DO NOTHING;

-- name: remove_star
-- A guest takes it back.
DELETE FROM stars WHERE slot_id = :slot_id AND guest_id = :guest_id;

-- name: stars_by
-- The slots that a guest starred.
SELECT s.*, d.name AS dj_name FROM stars AS st JOIN slots AS s ON s.id = st.slot_id
LEFT JOIN djs AS d ON d.id = s.dj_id WHERE st.guest_id = :guest_id ORDER BY s.begins, s.number;

-- name: starred_by
-- The ids of the slots that a guest starred.
SELECT slot_id FROM stars WHERE guest_id = :guest_id;

-- name: drop_old_stars
-- Stars that are kept no longer, of slots that are over: a plan may be made long before its night.
DELETE FROM stars WHERE (slot_id, guest_id) IN (
    SELECT st.slot_id, st.guest_id FROM stars AS st JOIN slots AS s ON s.id = st.slot_id
    WHERE st.at_ms < :before_ms AND s.ends < strftime('%Y-%m-%dT%H:%M', :before_ms / 1000, 'unixepoch') LIMIT :most);

-- name: closing
-- What a session's DJ said of its end.
SELECT * FROM closings WHERE session_id = :session_id;

-- name: closings
-- What is said of every set that runs.
SELECT c.* FROM closings AS c JOIN sessions AS s ON s.id = c.session_id WHERE s.ended IS NULL ORDER BY c.rowid;

-- name: set_closing
-- A DJ says how the set ends, or a track counted down.
INSERT OR REPLACE INTO closings (session_id, stage_id, said_boot, said_boot_ms, said_wall_ms, said_trust, songs,
    within_ms, counted, over)
VALUES (:session_id, :stage_id, :boot, :boot_ms, :wall_ms, :trust, :songs, :within_ms, :counted, :over);

-- name: drop_closing
-- Nothing is said of the end any more.
DELETE FROM closings WHERE session_id = :session_id;

-- name: heard_before
-- The last play of the same track at the same event that stands and came before one; none from behind a PIN.
SELECT p.*, s.dj_name, st.name AS stage_name
FROM tracks AS t
JOIN plays AS p ON p.track_id = t.id
JOIN sessions AS s ON s.id = p.session_id
JOIN stages AS st ON st.id = p.stage_id
WHERE t.artist_key = :artist_key AND t.title_key = :title_key AND p.retracted = 0
    AND st.event_id = (SELECT event_id FROM stages WHERE id = :stage_id)
    AND s.lock_id IS NULL AND p.number < coalesce((SELECT number FROM plays WHERE id = :id), 9223372036854775807)
ORDER BY p.number DESC LIMIT 1;

-- name: last_heard
-- The last play of a track at an event; none from behind a PIN.
SELECT p.*, s.dj_name, st.name AS stage_name
FROM tracks AS t
JOIN plays AS p ON p.track_id = t.id
JOIN sessions AS s ON s.id = p.session_id
JOIN stages AS st ON st.id = p.stage_id
WHERE t.artist_key = :artist_key AND t.title_key = :title_key AND p.retracted = 0 AND st.event_id = :event_id
    AND s.lock_id IS NULL
ORDER BY p.number DESC LIMIT 1;

-- name: heard_at_event
-- Each track that was heard at an event, as it was played last, the newest first; none from behind a PIN unless hidden
-- ones are wanted, and only those that have all of these words (a JSON array) in artist or title.
SELECT p.*, s.dj_name, st.name AS stage_name
FROM plays AS p
JOIN tracks AS t ON t.id = p.track_id
JOIN sessions AS s ON s.id = p.session_id
JOIN stages AS st ON st.id = p.stage_id
WHERE st.event_id = :event_id AND p.retracted = 0 AND p.number IN (
    SELECT max(q.number) FROM plays AS q
    JOIN stages AS qs ON qs.id = q.stage_id JOIN sessions AS qse ON qse.id = q.session_id
    WHERE qs.event_id = :event_id AND q.retracted = 0 AND (:hidden OR qse.lock_id IS NULL)
    GROUP BY q.track_id)
    AND NOT EXISTS (SELECT 1 FROM json_each(:words) AS w WHERE instr(t.artist_key || ' ' || t.title_key, w.value) = 0)
ORDER BY p.number DESC LIMIT :limit;
