-- House players, what is wanted of them and what they said last.

CREATE TABLE players (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    dj_id        TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    handle       TEXT NOT NULL UNIQUE,
    digest       TEXT NOT NULL UNIQUE,
    verifier     TEXT NOT NULL,
    tag_digest   TEXT UNIQUE,
    manager_id   TEXT REFERENCES accounts (id) ON DELETE SET NULL,
    created_ms   INTEGER NOT NULL,
    revoked_ms   INTEGER,
    paused       INTEGER NOT NULL,
    volume       INTEGER NOT NULL,
    returns      INTEGER NOT NULL,
    skip         TEXT NOT NULL,
    said_boot    TEXT,
    said_boot_ms INTEGER,
    said_wall_ms INTEGER,
    said_trust   TEXT,
    play_id      TEXT,
    track_id     TEXT,
    artist       TEXT,
    title        TEXT,
    said_paused  INTEGER,
    said_volume  INTEGER,
    error        TEXT
) STRICT;

CREATE INDEX players_of_stage ON players (stage_id);
CREATE INDEX players_of_dj ON players (dj_id);
CREATE INDEX players_of_manager ON players (manager_id);
