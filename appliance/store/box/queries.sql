-- The box's own: facts, phones' releases at the portal, the journal, and the database as a whole.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: meta
-- One fact about this box.
SELECT value FROM meta WHERE name = :name;

-- name: set_meta
-- Sets or replaces a fact.
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget_meta
-- Removes a fact.
DELETE FROM meta WHERE name = :name;

-- name: append_journal
-- Something happened.
INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)
VALUES (:kind, :v, :boot, :boot_ms, :wall_ms, :trust, :body);

-- name: journal_span
-- How far the journal reaches, and how many rows it holds.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS last_seq,
    coalesce((SELECT max(seq) FROM journal) - (SELECT min(seq) FROM journal) + 1, 0) AS waiting;

-- name: newest_stamp
-- When something was stored last, by the journal or, once that was carried away, by what was played.
SELECT * FROM (
    SELECT * FROM (
        SELECT 0 AS place, boot AS at_boot, boot_ms AS at_boot_ms, wall_ms AS at_wall_ms, trust AS at_trust
        FROM journal ORDER BY seq DESC LIMIT 1
    )
    UNION ALL
    SELECT * FROM (
        SELECT 1, heard_boot, heard_boot_ms, heard_wall_ms, heard_trust FROM plays ORDER BY number DESC LIMIT 1
    )
) ORDER BY place LIMIT 1;

-- name: release
-- One phone's release.
SELECT * FROM releases WHERE client = :client;

-- name: releases
-- Every release, the oldest first.
SELECT * FROM releases ORDER BY rowid;

-- name: set_release
-- A phone is released, or again: then it is the newest.
INSERT OR REPLACE INTO releases (client, granted_boot, granted_boot_ms, granted_wall_ms, granted_trust)
VALUES (:client, :boot, :boot_ms, :wall_ms, :trust);

-- name: end_release
-- A phone is released no more.
DELETE FROM releases WHERE client = :client;

-- name: journal_end
-- When the last journaled thing happened, as believed then.
SELECT wall_ms FROM journal ORDER BY seq DESC LIMIT 1;

-- name: table_names
-- Every table of ours.
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name;

-- name: strange_things
-- What a database of ours never has: a trigger, a view, a table that is made by a module.
SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1;

-- name: end_releases
-- No phone is released at another box.
DELETE FROM releases;

-- name: journal_end_seq
-- The journal's highest sequence ever, and its epoch.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS last_seq,
    (SELECT value FROM meta WHERE name = 'epoch') AS epoch,
    (SELECT value FROM meta WHERE name = 'box_id') AS box;

-- name: journal_first_seq
-- The oldest row that is still there.
SELECT min(seq) FROM journal;

-- name: journal_lines
-- Rows as the lines in which they travel: as `sync.journal.entries.Entry.line` makes them, only many times faster.
SELECT seq, CAST('[' || json_quote(kind) || ',' || v || ',' || json_quote(boot) || ',' || boot_ms || ',' || wall_ms
    || ',' || json_quote(trust) || ',' || body || ']' AS BLOB) AS line
FROM journal WHERE seq > :after ORDER BY seq;

-- name: journal_restorations
-- Where the journal goes on from a copy of itself, the oldest first.
SELECT seq, body FROM journal WHERE kind = 'journal.restored' AND seq > :after ORDER BY seq;

-- name: journal_stamp
-- When a row was written, as believed then.
SELECT seq, wall_ms FROM journal WHERE seq > :after ORDER BY seq LIMIT 1;

-- name: journal_first_after
-- The oldest row from a moment on; one whose clock nobody had set may be from any time.
SELECT seq FROM journal WHERE seq <= :to AND (wall_ms >= :from_ms OR trust IN ('none', 'saved')) ORDER BY seq LIMIT 1;

-- name: drop_journal
-- Rows go that are durable elsewhere, oldest first.
DELETE FROM journal WHERE seq IN (SELECT seq FROM journal WHERE seq <= :to ORDER BY seq LIMIT :most);

-- name: erase_in_journal
-- What guests (a JSON array) said becomes rows that say nothing: the sequence has no hole.
UPDATE journal SET kind = 'erased', body = '{}'
WHERE seq > :after AND seq <= :to AND kind <> 'guest.forgotten' AND instr(body, '"guest"') > 0
    AND json_extract(body, '$.guest') IN (SELECT value FROM json_each(:guests));

-- name: erase_forgotten
-- A wish to be forgotten that was carried away keeps no name either.
UPDATE journal SET kind = 'erased', body = '{}'
WHERE seq > :after AND seq <= :to AND kind = 'guest.forgotten' AND instr(body, :guest) > 0;

-- name: forgotten_in_journal
-- Who asked to be forgotten in a stretch of the journal.
SELECT seq, json_extract(body, '$.guest') AS guest FROM journal
WHERE seq > :after AND seq <= :to AND kind = 'guest.forgotten' ORDER BY seq;

-- name: withdraw_intent
-- A notification that should not be sent, in a row that nobody else can know: the row stays, and says nothing.
UPDATE journal SET kind = 'erased', body = '{}'
WHERE seq = :seq AND seq > :sent AND kind = 'intent.made' AND json_extract(body, '$.intent') = :id;

-- name: shed_expired_intents
-- Notifications that nobody may get any more: of another boot, or past their time in this one.
UPDATE journal SET kind = 'shed', body = '{}'
WHERE seq > :after AND kind = 'intent.made'
    AND (boot <> :boot OR boot_ms + 1000 * coalesce(json_extract(body, '$.expires_after_s'), 0) < :boot_ms);

-- name: shed_presence_detail
-- Of how many were there, the minutes go and the sums stay.
UPDATE journal SET body = json_remove(body, '$.minutes', '$.came_from')
WHERE seq > :after AND kind = 'presence.counted' AND json_extract(body, '$.minutes') IS NOT NULL;

-- name: shed_presence
-- Not even the sums.
UPDATE journal SET kind = 'shed', body = '{}' WHERE seq > :after AND kind = 'presence.counted';
