-- One-time codes for a new password, and guests whose words are shown to themselves only.

ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';

CREATE TABLE account_codes (
    account_id  TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    digest      TEXT NOT NULL UNIQUE,
    until_up_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shadow_bans (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id       TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    guest_id       TEXT NOT NULL,
    why            TEXT NOT NULL,
    by_kind        TEXT NOT NULL,
    by_id          TEXT NOT NULL,
    since_boot     TEXT NOT NULL,
    since_boot_ms  INTEGER NOT NULL,
    since_wall_ms  INTEGER NOT NULL,
    since_trust    TEXT NOT NULL,
    lifted_boot    TEXT,
    lifted_boot_ms INTEGER,
    lifted_wall_ms INTEGER,
    lifted_trust   TEXT
) STRICT;

CREATE UNIQUE INDEX shadow_bans_in_force ON shadow_bans (guest_id) WHERE lifted_boot IS NULL;
CREATE INDEX shadow_bans_of_event ON shadow_bans (event_id, number);
