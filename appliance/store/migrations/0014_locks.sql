-- Sets behind a PIN, and the wrong tries.

ALTER TABLE sessions ADD COLUMN lock_id TEXT;

CREATE TABLE locks (
    id     TEXT PRIMARY KEY,
    digest TEXT NOT NULL
) STRICT;

CREATE TABLE lock_tries (
    lock_id    TEXT NOT NULL REFERENCES locks (id) ON DELETE CASCADE,
    who        TEXT NOT NULL,
    failures   INTEGER NOT NULL,
    last_up_ms INTEGER NOT NULL,
    PRIMARY KEY (lock_id, who)
) STRICT, WITHOUT ROWID;

CREATE INDEX lock_tries_of_guest ON lock_tries (who);
