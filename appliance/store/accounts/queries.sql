-- Accounts and their logins.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: account
-- One account.
SELECT * FROM accounts WHERE id = :id;

-- name: account_with_email
-- An account by folded e-mail.
SELECT * FROM accounts WHERE email_key = :email_key;

-- name: account_of_dj
-- The account that is a DJ.
SELECT * FROM accounts WHERE dj_id = :dj_id;

-- name: account_by_login
-- A login and whose it is.
SELECT a.*, l.digest, l.account_id, l.began_up_ms, l.seen_up_ms
FROM logins AS l JOIN accounts AS a ON a.id = l.account_id WHERE l.digest = :digest;

-- name: accounts
-- Accounts in some states (a JSON array), the newest first.
SELECT * FROM accounts
WHERE state IN (SELECT value FROM json_each(:states)) AND (:before IS NULL OR number < :before)
    AND (instr(name_key, :like) OR instr(email_key, :like))
ORDER BY number DESC LIMIT :limit;

-- name: accounts_in
-- How many accounts have one of these roles and one of these states (JSON arrays).
SELECT count(*) AS n FROM accounts
WHERE role IN (SELECT value FROM json_each(:roles)) AND state IN (SELECT value FROM json_each(:states));

-- name: add_account
-- Somebody has an account.
INSERT INTO accounts (id, role, state, name, email, email_key, password, dj_id, created_boot, created_boot_ms,
    created_wall_ms, created_trust, name_key)
VALUES (:id, :role, :state, :name, :email, :email_key, :password, :dj_id, :boot, :boot_ms, :wall_ms, :trust, :name_key);

-- name: change_account
-- Something of an account is otherwise.
UPDATE accounts SET role = :role, state = :state, name = :name, email = :email, email_key = :email_key,
    password = :password, dj_id = :dj_id, name_key = :name_key
WHERE id = :id;

-- name: remove_account
-- An account is gone; its logins go with it.
DELETE FROM accounts WHERE id = :id;

-- name: add_login
-- Somebody is logged in with one more browser.
INSERT INTO logins (digest, account_id, began_up_ms, seen_up_ms)
VALUES (:digest, :account_id, :began_up_ms, :seen_up_ms);

-- name: end_logins_beyond
-- Of an account's logins only so many stay: the latest used.
DELETE FROM logins WHERE digest IN (
    SELECT digest FROM logins WHERE account_id = :account_id ORDER BY seen_up_ms DESC, digest LIMIT -1 OFFSET :most
);

-- name: see_login
-- A login is used.
UPDATE logins SET seen_up_ms = :up_ms WHERE digest = :digest;

-- name: end_login
-- A browser is logged out.
DELETE FROM logins WHERE digest = :digest;

-- name: end_logins
-- All browsers of an account are logged out, but one.
DELETE FROM logins WHERE account_id = :account_id AND digest IS NOT :but;

-- name: set_code
-- An account's one-time code.
INSERT INTO account_codes (account_id, digest, until_up_ms) VALUES (:account_id, :digest, :until_up_ms)
ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest, until_up_ms = excluded.until_up_ms;

-- name: end_code
-- A one-time code was used, or is not wanted any more.
DELETE FROM account_codes WHERE account_id = :account_id;

-- name: account_with_code
-- Whose one-time code it is.
SELECT a.*, c.until_up_ms FROM account_codes AS c JOIN accounts AS a ON a.id = c.account_id WHERE c.digest = :digest;

-- name: own_event
-- An event belongs to an organiser, beside others.
INSERT INTO event_owners (event_id, account_id) VALUES (:event_id, :account_id) ON CONFLICT DO NOTHING;

-- name: disown_event
-- An event belongs to an organiser no more.
DELETE FROM event_owners WHERE event_id = :event_id AND account_id = :account_id;

-- name: events_of_owner
-- The events that belong to an organiser.
SELECT event_id FROM event_owners WHERE account_id = :account_id;

-- name: owners_of_event
-- Whose an event is, by name.
SELECT a.* FROM event_owners AS o JOIN accounts AS a ON a.id = o.account_id
WHERE o.event_id = :event_id ORDER BY a.name, a.number;

-- name: logins
-- Every login and whose it is.
SELECT a.*, l.digest, l.account_id, l.began_up_ms, l.seen_up_ms
FROM logins AS l JOIN accounts AS a ON a.id = l.account_id ORDER BY l.digest;
