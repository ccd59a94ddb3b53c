-- People with an e-mail and a password, their logins, and the trail of privileged acts.

CREATE TABLE accounts (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    role            TEXT NOT NULL,
    state           TEXT NOT NULL,
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE,
    password        TEXT,
    dj_id           TEXT UNIQUE,
    created_boot    TEXT NOT NULL,
    created_boot_ms INTEGER NOT NULL,
    created_wall_ms INTEGER NOT NULL,
    created_trust   TEXT NOT NULL
) STRICT;

CREATE TABLE logins (
    digest      TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    began_up_ms INTEGER NOT NULL,
    seen_up_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logins_of_account ON logins (account_id, seen_up_ms);

CREATE TABLE event_owners (
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_of_owner ON event_owners (account_id);

CREATE TABLE audit (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    act        TEXT NOT NULL,
    on_id      TEXT NOT NULL,
    on_name    TEXT NOT NULL,
    event_id   TEXT,
    detail     TEXT NOT NULL,
    by_kind    TEXT NOT NULL,
    by_id      TEXT NOT NULL,
    at_boot    TEXT NOT NULL,
    at_boot_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_trust   TEXT NOT NULL
) STRICT;
