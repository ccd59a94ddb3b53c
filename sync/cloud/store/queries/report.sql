-- Reports of nights: links to share them, and where a box stands.

-- name: add_share
-- A link to a night's report.
INSERT INTO report_shares (id, org_id, box_id, event_id, created_ms, expires_ms)
VALUES (:id, :org, :box, :event, :now_ms, :expires_ms);

-- name: working_share
-- Whose night a link shows, while it does.
SELECT id, org_id, box_id, event_id, created_ms, expires_ms FROM report_shares
WHERE id = :id AND revoked_ms IS NULL AND expires_ms > :now_ms;

-- name: working_shares_of
-- The links that show a night, newest first.
SELECT id, org_id, box_id, event_id, created_ms, expires_ms FROM report_shares
WHERE org_id = :org AND box_id = :box AND event_id = :event AND revoked_ms IS NULL AND expires_ms > :now_ms
ORDER BY created_ms DESC, id;

-- name: revoke_share
-- A link shows nothing any more.
UPDATE report_shares SET revoked_ms = :now_ms WHERE org_id = :org AND id = :id AND revoked_ms IS NULL;

-- name: zone_of_box
-- The time zone that a box stands in.
SELECT zone FROM report_zones WHERE org_id = :org AND box_id = :box;

-- name: set_zone_of_box
-- Where a box stands.
INSERT INTO report_zones (org_id, box_id, zone) VALUES (:org, :box, :zone)
ON CONFLICT (org_id, box_id) DO UPDATE SET zone = excluded.zone;

-- name: events_of_box
-- A box's events, the latest first.
SELECT e.id, e.name, e.revision, coalesce(b.name, '') AS box_name FROM venue_events AS e
LEFT JOIN boxes AS b ON b.org_id = e.org_id AND b.id = e.box_id
WHERE e.org_id = :org AND e.box_id = :box ORDER BY e.place DESC, e.id;

-- name: box_of_event
-- Where an event was.
SELECT box_id FROM venue_events WHERE org_id = :org AND id = :event ORDER BY box_id LIMIT 1;
