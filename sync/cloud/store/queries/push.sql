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
    AND kind IN ('intent.made', 'intent.retracted', 'claim.made', 'guest.forgotten')
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

-- name: forget_push_raw
-- And what the box told of the links: the entries keep their places and say nothing more.
UPDATE events SET kind = 'erased', body = '{}'
WHERE org_id = :org AND box_id = :box AND kind = 'claim.made' AND body ->> 'guest' = :guest;

-- name: push_is_forgotten
-- Whether a guest wanted to be forgotten here.
SELECT 1 AS yes FROM forgotten WHERE org_id = :org AND box_id = :box AND guest_id = :guest;

-- name: add_push_intent
-- Something should be told; the same intent again is the same.
INSERT INTO push_intents (org_id, box_id, id, epoch, boot, boot_ms, body, read_ms)
VALUES (:org, :box, :id, :epoch, :boot, :boot_ms, :body, :now_ms)
ON CONFLICT (org_id, box_id, id) DO NOTHING;

-- name: retract_push_intent
-- It should not be sent any more; also one that nobody has told of yet: another history may tell of it later.
INSERT INTO push_intents (org_id, box_id, id, epoch, boot, boot_ms, body, read_ms, closed_ms, why)
VALUES (:org, :box, :id, :epoch, :boot, :boot_ms, '{}', :now_ms, :now_ms, 'retracted')
ON CONFLICT (org_id, box_id, id) DO UPDATE SET closed_ms = excluded.closed_ms, why = excluded.why
WHERE push_intents.closed_ms IS NULL;

-- name: open_push_intents
-- What is not done, in the order in which it came, with its true time as far as anybody knows it.
SELECT i.org_id, i.box_id, i.id, i.body, i.read_ms, b.utc_ms + i.boot_ms - b.anchor_ms AS made_ms
FROM push_intents AS i LEFT JOIN boots AS b ON b.org_id = i.org_id AND b.box_id = i.box_id AND b.boot = i.boot
WHERE i.closed_ms IS NULL ORDER BY i.number;

-- name: close_push_intent
-- It is done; the first word counts.
UPDATE push_intents SET closed_ms = :now_ms, why = :why
WHERE org_id = :org AND box_id = :box AND id = :id AND closed_ms IS NULL;

-- name: push_claim
-- The link with this digest, once its box has told of it.
SELECT digest, org_id, box_id, guest, event_id, stage_id FROM push_claims WHERE digest = :digest;

-- name: add_push_subscription
-- A browser wants messages; the same one again brings new keys.
INSERT INTO push_subscriptions (id, digest, phone, endpoint, p256dh, auth, created_ms)
VALUES (:id, :digest, :phone, :endpoint, :p256dh, :auth, :now_ms)
ON CONFLICT (digest, endpoint) DO UPDATE
SET p256dh = excluded.p256dh, auth = excluded.auth, created_ms = excluded.created_ms
RETURNING id;

-- name: bound_push_subscriptions
-- A link has so many browsers: the latest.
DELETE FROM push_subscriptions WHERE digest = :digest AND id NOT IN (
    SELECT id FROM push_subscriptions WHERE digest = :digest ORDER BY created_ms DESC, id LIMIT :most
);

-- name: drop_unclaimed_subscriptions
-- No box ever told of these links.
DELETE FROM push_subscriptions WHERE created_ms < :before_ms
    AND NOT EXISTS (SELECT 1 FROM push_claims AS c WHERE c.digest = push_subscriptions.digest);

-- name: count_push_subscriptions
-- How many browsers one link has.
SELECT count(*) AS n FROM push_subscriptions WHERE digest = :digest;

-- name: count_all_subscriptions
-- How many browsers there are, for figures.
SELECT count(*) AS n FROM push_subscriptions;

-- name: push_subscription
-- What a browser wants to hear by this link.
SELECT t.stage_id FROM push_subscriptions AS s JOIN push_topics AS t ON t.subscription_id = s.id
WHERE s.digest = :digest AND s.phone = :phone ORDER BY t.stage_id;

-- name: drop_push_subscription
-- A browser wants nothing any more.
DELETE FROM push_subscriptions WHERE digest = :digest AND phone = :phone;

-- name: push_night
-- The event that a link is about.
SELECT name FROM venue_events WHERE org_id = :org AND box_id = :box AND id = :event;

-- name: push_stages
-- Its stages.
SELECT id, name FROM stages WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: push_likes
-- What the guest liked, as it was heard.
SELECT p.artist, p.title, b.utc_ms + p.boot_ms - b.anchor_ms AS began_ms,
    coalesce((SELECT d.dj_name FROM sets AS d
        WHERE d.org_id = p.org_id AND d.box_id = p.box_id AND d.id = p.session_id), '') AS dj
FROM likes AS k
JOIN plays AS p ON p.org_id = k.org_id AND p.box_id = k.box_id AND p.id = k.play_id
LEFT JOIN boots AS b ON b.org_id = p.org_id AND b.box_id = p.box_id AND b.boot = p.boot
WHERE k.org_id = :org AND k.box_id = :box AND k.guest_id = :guest AND k.stands AND p.retracted_place IS NULL
    AND (p.event_id = :event OR p.event_id IS NULL)
ORDER BY p.place LIMIT :most;

-- name: push_secret
-- The key that messages are signed with.
SELECT value FROM secrets WHERE name = :name;

-- name: drop_push_subscriptions
-- Nobody wants anything by this link any more.
DELETE FROM push_subscriptions WHERE digest = :digest;

-- name: drop_push_topics
-- What it wanted to hear is said anew.
DELETE FROM push_topics WHERE subscription_id = :id;

-- name: add_push_topic
-- It wants to hear this.
INSERT INTO push_topics (subscription_id, stage_id) VALUES (:id, :stage) ON CONFLICT DO NOTHING;

-- name: push_audience
-- Browsers that an intent is meant for and that nobody was told to reach, or that are to be asked again; each once,
-- however many links it came by. None for an intent that is done.
SELECT DISTINCT ON (s.phone) s.phone, s.endpoint, s.p256dh, s.auth
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.phone = s.phone
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND EXISTS (SELECT 1 FROM push_topics AS t WHERE t.subscription_id = s.id AND t.stage_id IN (:stage, :every))
    AND (m.phone IS NULL OR m.again_ms <= :now_ms)
    AND EXISTS (SELECT 1 FROM push_intents AS i
        WHERE i.org_id = :org AND i.box_id = :box AND i.id = :id AND i.closed_ms IS NULL)
    AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements_text(CAST(:but AS jsonb)) AS o (origin)
        WHERE starts_with(s.endpoint, o.origin || '/'))
ORDER BY s.phone, s.created_ms DESC LIMIT :most;

-- name: push_audience @sqlite
SELECT s.phone, s.endpoint, s.p256dh, s.auth, max(s.created_ms)
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.phone = s.phone
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND EXISTS (SELECT 1 FROM push_topics AS t WHERE t.subscription_id = s.id AND t.stage_id IN (:stage, :every))
    AND (m.phone IS NULL OR m.again_ms <= :now_ms)
    AND EXISTS (SELECT 1 FROM push_intents AS i
        WHERE i.org_id = :org AND i.box_id = :box AND i.id = :id AND i.closed_ms IS NULL)
    AND NOT EXISTS (SELECT 1 FROM json_each(:but) AS o WHERE instr(s.endpoint, o.value || '/') = 1)
GROUP BY s.phone ORDER BY s.phone LIMIT :most;

-- name: claim_push
-- From now on these count as told. Who was quicker has one; a browser that was asked in vain may be asked again. None
-- for an intent that is done: it may have been retracted since its audience was looked up.
INSERT INTO push_sent (org_id, box_id, intent, phone, claimed_ms)
SELECT :org, :box, :intent, phone, CAST(:now_ms AS bigint) FROM jsonb_array_elements_text(CAST(:phones AS jsonb)) AS phone
WHERE EXISTS (SELECT 1 FROM push_intents AS i
    WHERE i.org_id = :org AND i.box_id = :box AND i.id = :intent AND i.closed_ms IS NULL)
ORDER BY phone
ON CONFLICT (org_id, box_id, intent, phone) DO UPDATE
SET claimed_ms = excluded.claimed_ms, fate = NULL, again_ms = NULL WHERE push_sent.again_ms <= excluded.claimed_ms
RETURNING phone;

-- name: claim_push @sqlite
INSERT INTO push_sent (org_id, box_id, intent, phone, claimed_ms)
SELECT :org, :box, :intent, value, :now_ms FROM json_each(:phones)
WHERE EXISTS (SELECT 1 FROM push_intents AS i
    WHERE i.org_id = :org AND i.box_id = :box AND i.id = :intent AND i.closed_ms IS NULL)
ON CONFLICT (org_id, box_id, intent, phone) DO UPDATE
SET claimed_ms = excluded.claimed_ms, fate = NULL, again_ms = NULL WHERE push_sent.again_ms <= excluded.claimed_ms
RETURNING phone;

-- name: note_push
-- What became of it.
UPDATE push_sent SET fate = x.fate, again_ms = x.again_ms
FROM unnest(:phone::text[], :fate::text[], :again_ms::bigint[]) AS x (phone, fate, again_ms)
WHERE push_sent.org_id = :org AND push_sent.box_id = :box AND push_sent.intent = :id AND push_sent.phone = x.phone;

-- name: note_push @sqlite
UPDATE push_sent SET fate = :fate, again_ms = :again_ms
WHERE org_id = :org AND box_id = :box AND intent = :id AND phone = :phone;

-- name: drop_gone_phone
-- The service says that nobody is there any more.
DELETE FROM push_subscriptions WHERE phone = :phone;

-- name: push_still_open
-- Whether somebody of the audience was not told and may be yet, or is being told just now by another worker.
SELECT 1 AS yes
FROM push_claims AS c
JOIN push_subscriptions AS s ON s.digest = c.digest
LEFT JOIN push_sent AS m ON m.org_id = :org AND m.box_id = :box AND m.intent = :id AND m.phone = s.phone
WHERE c.org_id = :org AND c.box_id = :box AND c.event_id = :event
    AND EXISTS (SELECT 1 FROM push_topics AS t WHERE t.subscription_id = s.id AND t.stage_id IN (:stage, :every))
    AND (m.phone IS NULL OR m.again_ms IS NOT NULL OR (m.fate IS NULL AND m.claimed_ms > :since_ms))
LIMIT 1;

-- name: raise_push_alarm
-- A service refuses us.
INSERT INTO push_alarms (origin, fate, raised_ms, last_ms, times) VALUES (:origin, :fate, :now_ms, :now_ms, 1)
ON CONFLICT (origin) DO UPDATE SET fate = excluded.fate, last_ms = excluded.last_ms, times = push_alarms.times + 1;

-- name: push_alarms
-- Services that refuse us.
SELECT origin, fate, raised_ms, last_ms, times FROM push_alarms ORDER BY origin;

-- name: push_standing
-- How push stands, for figures and alarms: browsers, intents that wait, messages by what became of them lately.
SELECT (SELECT count(*) FROM push_subscriptions) AS subscriptions,
    (SELECT count(*) FROM push_intents WHERE closed_ms IS NULL) AS waiting,
    (SELECT count(*) FROM push_alarms WHERE last_ms > :since_ms) AS refusing,
    (SELECT count(*) FROM push_sent WHERE claimed_ms > :since_ms AND fate = 'sent') AS sent,
    (SELECT count(*) FROM push_sent WHERE claimed_ms > :since_ms AND (fate IS NULL OR fate = 'unknown')) AS unknown,
    (SELECT count(*) FROM push_sent WHERE claimed_ms > :since_ms AND fate NOT IN ('sent', 'unknown')) AS refused;

-- name: push_tally
-- What became of an organisation's intents, by day of reading: for its page.
SELECT i.box_id, i.id, i.why, i.read_ms, count(m.phone) AS phones,
    count(CASE WHEN m.fate = 'sent' THEN 1 END) AS sent
FROM push_intents AS i LEFT JOIN push_sent AS m
    ON m.org_id = i.org_id AND m.box_id = i.box_id AND m.intent = i.id
WHERE i.org_id = :org
GROUP BY i.box_id, i.id, i.why, i.read_ms, i.number ORDER BY i.number DESC LIMIT :most;
