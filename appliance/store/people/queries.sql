-- DJs and their keys.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: dj
-- One DJ.
SELECT id, name FROM djs WHERE id = :id;

-- name: djs
-- Everybody who plays, by name; a house player is nobody.
SELECT id, name FROM djs WHERE id NOT IN (SELECT dj_id FROM players) ORDER BY name_key, id;

-- name: dj_named
-- A DJ by folded name.
SELECT id, name FROM djs WHERE name_key = :name_key;

-- name: add_dj
-- A DJ begins to exist.
INSERT INTO djs (id, name, name_key) VALUES (:id, :name, :name_key);

-- name: rename_dj
-- A DJ goes by another name from now on; sets keep the one they had.
UPDATE djs SET name = :name, name_key = :name_key WHERE id = :id;

-- name: token
-- One token, revoked or not.
SELECT * FROM dj_tokens WHERE id = :id;

-- name: token_named
-- A token by its name at the broker, revoked or not: names are never used again.
SELECT * FROM dj_tokens WHERE name = :name;

-- name: add_token
-- A DJ gets a key.
INSERT INTO dj_tokens (id, dj_id, name, digest, verifier, created_ms, device, used_up_ms)
VALUES (:id, :dj_id, :name, :digest, :verifier, :created_ms, :device, :used_up_ms);

-- name: use_token
-- A key is used.
UPDATE dj_tokens SET used_up_ms = :up_ms, used_ms = coalesce(:at_ms, used_ms) WHERE id = :id;

-- name: tokens_of
-- A DJ's keys that work.
SELECT * FROM dj_tokens WHERE dj_id = :dj_id AND revoked_ms IS NULL ORDER BY number;

-- name: tokens_that_work
-- Every key that works.
SELECT * FROM dj_tokens WHERE revoked_ms IS NULL ORDER BY number;

-- name: revoke_token
-- A key stops working; the first time counts.
UPDATE dj_tokens SET revoked_ms = :at_ms WHERE id = :id AND revoked_ms IS NULL;

-- name: working_token_by_digest
-- A key that works, and whose it is.
SELECT t.*, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.digest = :digest AND t.revoked_ms IS NULL;

-- name: working_token_by_name
-- A key that works, by its name at the broker, and whose it is.
SELECT t.*, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.name = :name AND t.revoked_ms IS NULL;

-- name: working_tokens
-- All keys that work, in the order they were made.
SELECT t.*, d.name AS dj_name
FROM dj_tokens AS t JOIN djs AS d ON d.id = t.dj_id
WHERE t.revoked_ms IS NULL ORDER BY t.number;
