-- The link's whole database. Everything a DJ played is in `entries` before anything is sent.

-- Facts: this installation's id.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- One history for each box that plays go to; '' is for plays from before any box was chosen.
CREATE TABLE histories (
    box         TEXT PRIMARY KEY,
    epoch       TEXT NOT NULL,
    acked_seq   INTEGER NOT NULL,      -- everything up to here is durable at the box
    acked_chain TEXT NOT NULL,
    last_seq    INTEGER NOT NULL,
    last_chain  TEXT NOT NULL
) STRICT;

-- The lines as they travel. Deleted only at or below what the box has acknowledged.
CREATE TABLE entries (
    box   TEXT NOT NULL REFERENCES histories (box),
    seq   INTEGER NOT NULL,
    line  BLOB NOT NULL,
    chain TEXT NOT NULL,               -- after this line
    PRIMARY KEY (box, seq)
) STRICT, WITHOUT ROWID;

-- How far each source was read.
CREATE TABLE cursors (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
) STRICT;

-- What was announced, so that a crash between two polls announces nothing twice, and `undo` knows what was last.
CREATE TABLE plays (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    box       TEXT NOT NULL,
    source    TEXT NOT NULL,
    native_id TEXT NOT NULL,
    artist    TEXT NOT NULL,
    title     TEXT NOT NULL,
    at_ms     INTEGER NOT NULL,        -- by the laptop's wall clock
    retracted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, native_id)
) STRICT;

PRAGMA user_version = 1;
