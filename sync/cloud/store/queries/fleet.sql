-- Watching over boxes: how each is, what somebody should look at, what is on now, and figures of the whole service.

-- name: fleet_turn
-- One process at a time watches.
SELECT pg_try_advisory_xact_lock(1885956966) AS mine;

-- name: fleet_turn @sqlite
SELECT 1 AS mine;

-- name: fleet_to_watch
-- Boxes that were heard lately, and those with something that somebody should look at.
SELECT boxes.org_id, boxes.id, boxes.name, boxes.version, boxes.epoch, boxes.claimed_ms, boxes.released_ms,
    boxes.last_seen_ms, boxes.last_progress_ms, live.body -> 'box' AS told, live.received_ms AS told_ms,
    fleet_watch.heard_since_ms, fleet_watch.dropped, fleet_watch.dropped_ms
FROM boxes
LEFT JOIN live ON live.org_id = boxes.org_id AND live.box_id = boxes.id
LEFT JOIN fleet_watch ON fleet_watch.org_id = boxes.org_id AND fleet_watch.box_id = boxes.id
WHERE boxes.last_seen_ms >= :since_ms
    OR EXISTS (SELECT 1 FROM alarms WHERE alarms.org_id = boxes.org_id AND alarms.box_id = boxes.id);

-- name: fleet_to_watch @sqlite
SELECT boxes.org_id, boxes.id, boxes.name, boxes.version, boxes.epoch, boxes.claimed_ms, boxes.released_ms,
    boxes.last_seen_ms, boxes.last_progress_ms, json_extract(live.body, '$.box') AS told, live.received_ms AS told_ms,
    fleet_watch.heard_since_ms, fleet_watch.dropped, fleet_watch.dropped_ms
FROM boxes
LEFT JOIN live ON live.org_id = boxes.org_id AND live.box_id = boxes.id
LEFT JOIN fleet_watch ON fleet_watch.org_id = boxes.org_id AND fleet_watch.box_id = boxes.id
WHERE boxes.last_seen_ms >= :since_ms
    OR EXISTS (SELECT 1 FROM alarms WHERE alarms.org_id = boxes.org_id AND alarms.box_id = boxes.id);

-- name: fleet_alarms
-- Everything that anybody should look at.
SELECT org_id, box_id, kind, subject, raised_ms, last_ms, times FROM alarms;

-- name: fleet_watched
-- What is remembered of a box until the next look.
INSERT INTO fleet_watch (org_id, box_id, heard_since_ms, dropped, dropped_ms)
VALUES (:org, :box, :heard_since_ms, :dropped, :dropped_ms)
ON CONFLICT (org_id, box_id) DO UPDATE SET heard_since_ms = excluded.heard_since_ms, dropped = excluded.dropped,
    dropped_ms = excluded.dropped_ms;

-- name: clear_alarm
-- What somebody should have looked at is over, and is kept.
WITH gone AS (
    DELETE FROM alarms WHERE org_id = :org AND box_id = :box AND kind = :kind AND subject = :subject
    RETURNING org_id, box_id, kind, subject, raised_ms, times
)
INSERT INTO alarm_history (org_id, box_id, kind, subject, raised_ms, cleared_ms, times)
SELECT org_id, box_id, kind, subject, raised_ms, :now_ms, times FROM gone ON CONFLICT DO NOTHING;

-- name: clear_alarm @sqlite
INSERT INTO alarm_history (org_id, box_id, kind, subject, raised_ms, cleared_ms, times)
SELECT org_id, box_id, kind, subject, raised_ms, :now_ms, times FROM alarms
WHERE org_id = :org AND box_id = :box AND kind = :kind AND subject = :subject ON CONFLICT DO NOTHING;
DELETE FROM alarms WHERE org_id = :org AND box_id = :box AND kind = :kind AND subject = :subject;

-- name: alarms_over
-- What is over, the latest first.
SELECT alarm_history.box_id, boxes.name, kind, subject, raised_ms, cleared_ms, times
FROM alarm_history JOIN boxes ON boxes.org_id = alarm_history.org_id AND boxes.id = alarm_history.box_id
WHERE alarm_history.org_id = :org ORDER BY cleared_ms DESC, alarm_history.box_id LIMIT :limit;

-- name: fleet_of
-- An organisation's boxes as they are, with what each told last.
SELECT boxes.org_id, boxes.id, boxes.name, boxes.version, boxes.epoch, boxes.claimed_ms, boxes.released_ms,
    boxes.last_seen_ms, boxes.last_progress_ms, live.body, live.received_ms AS told_ms
FROM boxes LEFT JOIN live ON live.org_id = boxes.org_id AND live.box_id = boxes.id
WHERE boxes.org_id = :org ORDER BY boxes.name, boxes.id;

-- name: rename_box
-- A box has another name from now on.
UPDATE boxes SET name = :name WHERE org_id = :org AND id = :box;

-- name: tell
-- Says to every process what has news; of no use to anybody who is not there now.
SELECT pg_notify('pika_live', :words);

-- name: tell @sqlite
SELECT :words;

-- name: is_there
-- Whether anybody answers.
SELECT 1 AS there;

-- name: service_figures
-- The service in numbers, as one row: nothing of any organisation by its name.
SELECT (SELECT count(*) FROM boxes WHERE last_seen_ms >= :since_ms) AS boxes_heard,
    (SELECT count(*) FROM boxes WHERE released_ms IS NULL) AS boxes,
    (SELECT coalesce(sum((live.body -> 'box' ->> 'backlog')::bigint), 0) FROM live
        WHERE received_ms >= :since_ms AND live.body -> 'box' ->> 'backlog' ~ '^[0-9]{1,15}$') AS backlog,
    (SELECT count(*) FROM alarms) AS alarms,
    (SELECT coalesce(sum(histories.seq - coalesce(derived_histories.seq, 0)), 0) FROM histories
        LEFT JOIN derived_histories ON derived_histories.org_id = histories.org_id
        AND derived_histories.box_id = histories.box_id AND derived_histories.epoch = histories.epoch) AS underived;

-- name: service_figures @sqlite
SELECT (SELECT count(*) FROM boxes WHERE last_seen_ms >= :since_ms) AS boxes_heard,
    (SELECT count(*) FROM boxes WHERE released_ms IS NULL) AS boxes,
    (SELECT coalesce(sum(cast(json_extract(live.body, '$.box.backlog') AS integer)), 0) FROM live
        WHERE received_ms >= :since_ms) AS backlog,
    (SELECT count(*) FROM alarms) AS alarms,
    (SELECT coalesce(sum(histories.seq - coalesce(derived_histories.seq, 0)), 0) FROM histories
        LEFT JOIN derived_histories ON derived_histories.org_id = histories.org_id
        AND derived_histories.box_id = histories.box_id AND derived_histories.epoch = histories.epoch) AS underived;

-- name: live_of_box
-- The present of one box.
SELECT box_id, body, received_ms FROM live WHERE org_id = :org AND box_id = :box;
