-- Organisations, boxes and their keys, and what boxes send.

-- name: add_organisation
-- An organisation begins to exist.
INSERT INTO organisations (org_id, name, created_ms) VALUES (:org, :name, :now_ms);

-- name: organisations
-- All of them, oldest first.
SELECT org_id, name, created_ms FROM organisations ORDER BY created_ms, org_id;

-- name: add_access_key
-- A person's key, by its digest.
INSERT INTO access_keys (id, org_id, digest, created_ms) VALUES (:id, :org, :digest, :now_ms);

-- name: organisation_of_key
-- Whose working key has this digest.
SELECT access_keys.id, access_keys.org_id, organisations.name
FROM access_keys JOIN organisations ON organisations.org_id = access_keys.org_id
WHERE digest = :digest AND revoked_ms IS NULL;

-- name: add_box
-- A box begins to belong to an organisation, or does so again.
INSERT INTO boxes (org_id, id, name, version, claimed_ms) VALUES (:org, :box, :name, :version, :now_ms)
ON CONFLICT (org_id, id) DO UPDATE
SET name = excluded.name, version = excluded.version, claimed_ms = excluded.claimed_ms, released_ms = NULL;

-- name: add_box_key
-- A key that a box signs with; one that was taken back may come again.
INSERT INTO box_keys (id, org_id, box_id, public_key, created_ms) VALUES (:id, :org, :box, :public_key, :now_ms)
ON CONFLICT (id) DO UPDATE SET org_id = excluded.org_id, box_id = excluded.box_id, created_ms = excluded.created_ms,
    until_ms = NULL, revoked_ms = NULL
WHERE box_keys.revoked_ms IS NOT NULL;

-- name: box_key
-- One key, and whose it is.
SELECT id, org_id, box_id, public_key, created_ms, until_ms, revoked_ms FROM box_keys WHERE id = :id;

-- name: boxes
-- An organisation's boxes.
SELECT org_id, id, name, version, epoch, claimed_ms, released_ms, last_seen_ms, last_progress_ms
FROM boxes WHERE org_id = :org ORDER BY name, id;

-- name: lock_history
-- How far a history is durable, begun when it is new, and which one the box wrote last. Whoever asks next waits until
-- this transaction has ended.
INSERT INTO histories (box_id, epoch, org_id, seq, chain, opened_ms, last_ms)
VALUES (:box, :epoch, :org, 0, :chain, :now_ms, :now_ms)
ON CONFLICT (box_id, epoch) DO UPDATE SET seq = histories.seq
RETURNING org_id, seq, chain, (SELECT epoch FROM boxes WHERE boxes.org_id = :org AND boxes.id = :box) AS latest;

-- name: history
-- How far a history is durable.
SELECT org_id, seq, chain FROM histories WHERE box_id = :box AND epoch = :epoch;

-- name: settle_batch
-- A history is durable up to here, its chain is kept, and the box has brought something: one way to the server and back.
WITH moved AS (
    UPDATE histories SET seq = :seq, chain = :chain, last_ms = :now_ms WHERE box_id = :box AND epoch = :epoch
), marked AS (
    INSERT INTO chain_marks (box_id, epoch, seq, org_id, chain) VALUES (:box, :epoch, :seq, :org, :chain)
    ON CONFLICT DO NOTHING
)
UPDATE boxes SET last_seen_ms = :now_ms, last_progress_ms = :now_ms, epoch = :epoch
WHERE org_id = :org AND id = :box;

-- name: settle_batch @sqlite
UPDATE histories SET seq = :seq, chain = :chain, last_ms = :now_ms WHERE box_id = :box AND epoch = :epoch;
INSERT INTO chain_marks (box_id, epoch, seq, org_id, chain) VALUES (:box, :epoch, :seq, :org, :chain)
ON CONFLICT DO NOTHING;
UPDATE boxes SET last_seen_ms = :now_ms, last_progress_ms = :now_ms, epoch = :epoch
WHERE org_id = :org AND id = :box;

-- name: chain_mark_within
-- The last kept place of a history from `first` to `last`.
SELECT seq, chain FROM chain_marks WHERE box_id = :box AND epoch = :epoch AND seq BETWEEN :first AND :last
ORDER BY seq DESC LIMIT 1;

-- name: chain_marks_after
-- The kept places of a history behind one, for a box that has to find where two histories parted.
SELECT seq, chain FROM chain_marks WHERE org_id = :org AND box_id = :box AND epoch = :epoch AND seq > :after
ORDER BY seq LIMIT 1000;

-- name: add_events
-- Everything new of a batch.
INSERT INTO events (org_id, box_id, epoch, seq, kind, v, boot, boot_ms, wall_ms, trust, body, received_ms)
SELECT :org, :box, :epoch, new.seq, new.kind, new.v, new.boot, new.boot_ms, new.wall_ms, new.trust, new.body, :now_ms
FROM unnest(:seq::bigint[], :kind::text[], :v::bigint[], :boot::text[], :boot_ms::bigint[], :wall_ms::bigint[],
    :trust::text[], :body::jsonb[]) AS new (seq, kind, v, boot, boot_ms, wall_ms, trust, body)
ON CONFLICT DO NOTHING;

-- name: add_events @sqlite
INSERT INTO events (org_id, box_id, epoch, seq, kind, v, boot, boot_ms, wall_ms, trust, body, received_ms)
VALUES (:org, :box, :epoch, :seq, :kind, :v, :boot, :boot_ms, :wall_ms, :trust, :body, :now_ms)
ON CONFLICT DO NOTHING;

-- name: add_quarantined
-- An entry that is no event.
INSERT INTO quarantine (org_id, box_id, epoch, seq, code, raw, received_ms)
VALUES (:org, :box, :epoch, :seq, :code, :raw, :now_ms) ON CONFLICT DO NOTHING;

-- name: events_of
-- A part of a history, in order.
SELECT org_id, box_id, epoch, seq, kind, v, boot, boot_ms, wall_ms, trust, body, received_ms FROM events
WHERE box_id = :box AND epoch = :epoch AND seq > :after ORDER BY seq LIMIT :limit;

-- name: quarantined_of
-- What a history holds that is no event.
SELECT seq, code, raw FROM quarantine WHERE box_id = :box AND epoch = :epoch ORDER BY seq;

-- name: histories_of
-- Every history of a box, oldest first.
SELECT epoch, org_id, seq, chain, opened_ms, last_ms FROM histories WHERE box_id = :box ORDER BY opened_ms, epoch;

-- name: see_box
-- A box said something.
UPDATE boxes SET last_seen_ms = :now_ms WHERE org_id = :org AND id = :box;

-- name: raise_alarm
-- Something that somebody should look at; once more of the same only counts.
INSERT INTO alarms (org_id, box_id, kind, subject, raised_ms, last_ms, times)
VALUES (:org, :box, :kind, :subject, :now_ms, :now_ms, 1)
ON CONFLICT (org_id, box_id, kind, subject) DO UPDATE
SET last_ms = excluded.last_ms, times = alarms.times + 1, cleared_ms = NULL;

-- name: alarms
-- What an organisation should look at.
SELECT box_id, kind, subject, raised_ms, last_ms, times FROM alarms
WHERE org_id = :org AND cleared_ms IS NULL ORDER BY last_ms DESC;

-- name: organisation_of_key_id
-- Whose key it is, while it works.
SELECT access_keys.id, access_keys.org_id, organisations.name
FROM access_keys JOIN organisations ON organisations.org_id = access_keys.org_id
WHERE id = :id AND revoked_ms IS NULL;

-- name: add_secret
-- A key of the service, unless it has one.
INSERT INTO secrets (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING;

-- name: secrets
-- The service's own keys.
SELECT name, value FROM secrets;

-- name: claim_of_key
-- What a waiting box was told.
SELECT code, expires_ms FROM claims WHERE key_id = :key;

-- name: set_claim
-- A box waits for its organiser.
INSERT INTO claims (key_id, box_id, name, version, public_key, code, expires_ms)
VALUES (:key, :box, :name, :version, :public_key, :code, :expires_ms)
ON CONFLICT (key_id) DO UPDATE SET box_id = excluded.box_id, name = excluded.name, version = excluded.version,
    code = excluded.code, expires_ms = excluded.expires_ms;

-- name: take_claim
-- The box that shows a code, which counts no more.
DELETE FROM claims WHERE code = :code AND expires_ms > :now_ms RETURNING key_id, box_id, name, version, public_key;

-- name: forget_claims
-- Codes that count no more.
DELETE FROM claims WHERE expires_ms <= :now_ms;

-- name: count_claims
-- How many boxes wait.
SELECT count(*) AS n FROM claims;

-- name: follow_key
-- Another key takes this one's place, if none did yet.
UPDATE box_keys SET until_ms = :until_ms WHERE id = :id AND until_ms IS NULL AND revoked_ms IS NULL;

-- name: revoke_box_keys
-- No key of a box works any more.
UPDATE box_keys SET revoked_ms = :now_ms WHERE org_id = :org AND box_id = :box AND revoked_ms IS NULL;

-- name: release_box
-- A box belongs to nobody.
UPDATE boxes SET released_ms = :now_ms WHERE org_id = :org AND id = :box AND released_ms IS NULL;

-- name: set_live
-- The present of a box, unless something newer of the same boot is known.
INSERT INTO live (org_id, box_id, boot, boot_ms, body, received_ms)
VALUES (:org, :box, :boot, :boot_ms, :body, :now_ms)
ON CONFLICT (org_id, box_id) DO UPDATE
SET boot = excluded.boot, boot_ms = excluded.boot_ms, body = excluded.body, received_ms = excluded.received_ms
WHERE live.boot <> excluded.boot OR live.boot_ms <= excluded.boot_ms;

-- name: live
-- The present of every box of an organisation.
SELECT box_id, boot, boot_ms, body, received_ms FROM live WHERE org_id = :org;
