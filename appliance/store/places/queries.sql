-- Events and their stages.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: events
-- All events in the order they were made.
SELECT * FROM events ORDER BY rowid;

-- name: event
-- One event.
SELECT * FROM events WHERE id = :id;

-- name: event_of_stage
-- The event of a stage.
SELECT e.* FROM stages AS s JOIN events AS e ON e.id = s.event_id WHERE s.id = :stage_id;

-- name: add_event
-- A happening begins to exist.
INSERT INTO events (id, name, guest_key, phase, zone, starts_ms, ends_ms, capacity, accent, logo)
VALUES (:id, :name, :guest_key, :phase, :zone, :starts_ms, :ends_ms, :capacity, :accent, :logo);

-- name: set_event
-- An event is another than it was, but for its id and key.
UPDATE events SET name = :name, phase = :phase, zone = :zone, starts_ms = :starts_ms, ends_ms = :ends_ms,
    capacity = :capacity, accent = :accent, logo = :logo
WHERE id = :id;

-- name: stage
-- One stage.
SELECT * FROM stages WHERE id = :id;

-- name: stages
-- All stages: by event, in their order.
SELECT s.* FROM stages AS s JOIN events AS e ON e.id = s.event_id ORDER BY e.rowid, s.place, s.number;

-- name: stages_of
-- An event's stages in their order.
SELECT * FROM stages WHERE event_id = :event_id ORDER BY place, number;

-- name: add_stage
-- A stage begins to exist, as the last of its event.
INSERT INTO stages (id, event_id, name, doors, capacity, place)
VALUES (:id, :event_id, :name, :doors, :capacity,
    (SELECT coalesce(max(place) + 1, 0) FROM stages WHERE event_id = :event_id));

-- name: set_stage
-- A stage is another than it was, but for its address and event.
UPDATE stages SET name = :name, doors = :doors, capacity = :capacity WHERE id = :id;

-- name: set_place
-- A stage stands at another place among its event's.
UPDATE stages SET place = :place WHERE id = :id;

-- name: logo
-- An event's picture.
SELECT media_type, content FROM logos WHERE event_id = :event_id;

-- name: set_logo
-- An event has another picture.
INSERT INTO logos (event_id, media_type, content) VALUES (:event_id, :media_type, :content)
ON CONFLICT (event_id) DO UPDATE SET media_type = excluded.media_type, content = excluded.content;

-- name: forget_logo
-- An event has no picture any more.
DELETE FROM logos WHERE event_id = :event_id;

-- name: assign
-- A DJ may play at an event; nothing happens the second time.
INSERT INTO assignments (event_id, dj_id) VALUES (:event_id, :dj_id) ON CONFLICT DO NOTHING;

-- name: unassign
-- A DJ may not play at an event any more.
DELETE FROM assignments WHERE event_id = :event_id AND dj_id = :dj_id;

-- name: is_assigned
-- Whether a DJ may play at an event.
SELECT 1 FROM assignments WHERE event_id = :event_id AND dj_id = :dj_id;

-- name: assigned_djs
-- Who may play at an event.
SELECT d.* FROM assignments AS a JOIN djs AS d ON d.id = a.dj_id WHERE a.event_id = :event_id
ORDER BY d.name_key, d.id;

-- name: events_of_dj
-- Where a DJ may play.
SELECT event_id FROM assignments WHERE dj_id = :dj_id;
