-- Claims, subscriptions, intents, and which phone was told what.

-- name: push_histories
-- Histories that hold more than was read for claims and intents.
SELECT histories.org_id, histories.box_id, histories.epoch, coalesce(push_cursors.seq, 0) AS seq
FROM histories LEFT JOIN push_cursors
    ON push_cursors.box_id = histories.box_id AND push_cursors.epoch = histories.epoch
WHERE histories.seq > coalesce(push_cursors.seq, 0)
ORDER BY histories.box_id, histories.epoch;

-- name: lock_push_cursor
-- How far a history was read; whoever asks next waits.
INSERT INTO push_cursors (box_id, epoch, org_id, seq) VALUES (:box, :epoch, :org, 0)
ON CONFLICT (box_id, epoch) DO UPDATE SET seq = push_cursors.seq
RETURNING seq;

-- name: move_push_cursor
-- It was read further.
UPDATE push_cursors SET seq = :seq WHERE box_id = :box AND epoch = :epoch;

-- name: history_end
-- How far a history is stored now.
SELECT seq FROM histories WHERE box_id = :box AND epoch = :epoch;

-- name: told_to_push
-- What a history says, within a span, that concerns guests and messages.
SELECT seq, kind, boot, boot_ms, body FROM events
WHERE box_id = :box AND epoch = :epoch AND seq > :after AND seq <= :until
    AND kind IN ('intent.made', 'claim.made', 'guest.forgotten')
ORDER BY seq;

-- name: add_push_claim
-- A guest asked for a link; again changes where the guest is.
INSERT INTO push_claims (digest, org_id, box_id, guest, event_id, stage_id, read_ms)
VALUES (:digest, :org, :box, :guest, :event, :stage, :now_ms)
ON CONFLICT (digest) DO UPDATE SET stage_id = excluded.stage_id, event_id = excluded.event_id
WHERE push_claims.org_id = excluded.org_id AND push_claims.box_id = excluded.box_id;

-- name: forget_push_guest
-- A guest wants to be forgotten: the subscriptions of all links go.
DELETE FROM push_subscriptions WHERE digest IN (
    SELECT digest FROM push_claims WHERE org_id = :org AND box_id = :box AND guest = :guest
);

-- name: forget_push_claims
-- And the links.
DELETE FROM push_claims WHERE org_id = :org AND box_id = :box AND guest = :guest;

-- name: add_push_intent
-- Something should be told; the same intent again is the same.
INSERT INTO push_intents (org_id, box_id, id, epoch, boot, boot_ms, body, read_ms)
VALUES (:org, :box, :id, :epoch, :boot, :boot_ms, :body, :now_ms)
ON CONFLICT (org_id, box_id, id) DO NOTHING;

-- name: open_push_intents
-- What is not done, in the order in which it came.
SELECT number, org_id, box_id, id, boot, boot_ms, body FROM push_intents WHERE closed_ms IS NULL ORDER BY number;

-- name: close_push_intent
-- It is done; the first word counts.
UPDATE push_intents SET closed_ms = :now_ms, why = :why
WHERE org_id = :org AND box_id = :box AND id = :id AND closed_ms IS NULL;

-- name: push_claim
-- The link with this digest, once its box has told of it.
SELECT digest, org_id, box_id, guest, event_id, stage_id FROM push_claims WHERE digest = :digest;

-- name: add_push_subscription
-- A browser wants messages; the same one again brings new keys.
INSERT INTO push_subscriptions (id, digest, endpoint, p256dh, auth, created_ms)
VALUES (:id, :digest, :endpoint, :p256dh, :auth, :now_ms)
ON CONFLICT (digest, endpoint) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth
RETURNING id;

-- name: count_push_subscriptions
-- How many browsers one link has.
SELECT count(*) AS n FROM push_subscriptions WHERE digest = :digest;

-- name: count_all_subscriptions
-- How many browsers there are, for figures.
SELECT count(*) AS n FROM push_subscriptions;

-- name: push_subscription
-- One browser of a link.
SELECT id FROM push_subscriptions WHERE digest = :digest AND endpoint = :endpoint;

-- name: drop_push_subscription
-- A browser wants nothing any more.
DELETE FROM push_subscriptions WHERE digest = :digest AND endpoint = :endpoint;

-- name: drop_push_topics
-- What it wanted to hear is said anew.
DELETE FROM push_topics WHERE subscription_id = :id;

-- name: add_push_topic
-- It wants to hear this.
INSERT INTO push_topics (subscription_id, stage_id) VALUES (:id, :stage) ON CONFLICT DO NOTHING;

-- name: push_audience
-- Browsers that an intent is meant for and that nobody was told to reach, or that are to be asked again.
SELECT s.id, s.endpoint, s.p256dh, s.auth
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
JOIN push_topics AS t ON t.subscription_id = s.id AND t.stage_id = :stage
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.subscription_id = s.id
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND (m.subscription_id IS NULL OR m.again_ms <= :now_ms)
    AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(CAST(:but AS jsonb)) AS o (origin)
        WHERE starts_with(s.endpoint, o.origin || '/'))
ORDER BY s.id LIMIT :most;

-- name: push_audience @sqlite
SELECT s.id, s.endpoint, s.p256dh, s.auth
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
JOIN push_topics AS t ON t.subscription_id = s.id AND t.stage_id = :stage
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.subscription_id = s.id
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND (m.subscription_id IS NULL OR m.again_ms <= :now_ms)
    AND NOT EXISTS (SELECT 1 FROM json_each(:but) AS o WHERE instr(s.endpoint, o.value || '/') = 1)
ORDER BY s.id LIMIT :most;

-- name: claim_push
-- From now on these count as told. Who was quicker has one; a browser that was asked in vain may be asked again.
INSERT INTO push_sent (org_id, box_id, intent, subscription_id, claimed_ms)
SELECT :org, :box, :intent, phone, CAST(:now_ms AS bigint) FROM jsonb_array_elements_text(CAST(:phones AS jsonb)) AS phone
ON CONFLICT (org_id, box_id, intent, subscription_id) DO UPDATE
SET claimed_ms = excluded.claimed_ms, fate = NULL, again_ms = NULL WHERE push_sent.again_ms <= excluded.claimed_ms
RETURNING subscription_id;

-- name: claim_push @sqlite
INSERT INTO push_sent (org_id, box_id, intent, subscription_id, claimed_ms)
SELECT :org, :box, :intent, value, :now_ms FROM json_each(:phones) WHERE true
ON CONFLICT (org_id, box_id, intent, subscription_id) DO UPDATE
SET claimed_ms = excluded.claimed_ms, fate = NULL, again_ms = NULL WHERE push_sent.again_ms <= excluded.claimed_ms
RETURNING subscription_id;

-- name: note_push
-- What became of it.
UPDATE push_sent SET fate = :fate, again_ms = :again_ms
WHERE org_id = :org AND box_id = :box AND intent = :intent AND subscription_id = :subscription;

-- name: drop_gone_subscription
-- The service says that nobody is there any more.
DELETE FROM push_subscriptions WHERE id = :id;

-- name: push_still_open
-- Whether somebody of the audience was not told and may be yet.
SELECT 1 AS yes
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
JOIN push_topics AS t ON t.subscription_id = s.id AND t.stage_id = :stage
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.subscription_id = s.id
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND (m.subscription_id IS NULL OR m.again_ms IS NOT NULL)
LIMIT 1;

-- name: raise_push_alarm
-- A service refuses us.
INSERT INTO push_alarms (origin, fate, raised_ms, last_ms, times) VALUES (:origin, :fate, :now_ms, :now_ms, 1)
ON CONFLICT (origin) DO UPDATE SET fate = excluded.fate, last_ms = excluded.last_ms, times = push_alarms.times + 1;

-- name: push_alarms
-- Services that refuse us.
SELECT origin, fate, raised_ms, last_ms, times FROM push_alarms ORDER BY origin;

-- name: push_tally
-- What became of an organisation's intents, by day of reading: for its page.
SELECT i.box_id, i.id, i.why, i.read_ms, count(m.subscription_id) AS phones,
    count(CASE WHEN m.fate = 'sent' THEN 1 END) AS sent
FROM push_intents AS i LEFT JOIN push_sent AS m
    ON m.org_id = i.org_id AND m.box_id = i.box_id AND m.intent = i.id
WHERE i.org_id = :org
GROUP BY i.box_id, i.id, i.why, i.read_ms, i.number ORDER BY i.number DESC LIMIT :most;
