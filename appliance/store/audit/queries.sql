-- The trail of privileged acts. Nothing here changes a row or takes one out.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: add_audit
-- Somebody did something that not everybody may.
INSERT INTO audit (act, on_id, on_name, event_id, detail, by_kind, by_id, at_boot, at_boot_ms, at_wall_ms, at_trust)
VALUES (:act, :on_id, :on_name, :event_id, :detail, :by_kind, :by_id, :boot, :boot_ms, :wall_ms, :trust);

-- name: audit
-- The trail, the newest first, with what people are called now.
SELECT t.*, coalesce(a.name, d.name, '') AS by_name, o.name AS account_name
FROM audit AS t
LEFT JOIN accounts AS a ON t.by_kind = 'account' AND a.id = t.by_id
LEFT JOIN djs AS d ON t.by_kind = 'dj' AND d.id = t.by_id
LEFT JOIN accounts AS o ON o.id = t.on_id
WHERE :before IS NULL OR t.number < :before
ORDER BY t.number DESC LIMIT :limit;
