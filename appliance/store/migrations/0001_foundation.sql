-- The foundation: stages, DJs and their tokens, sessions, plays, likes, and the journal. Never edited once it shipped;
-- what each table means is told in `schema.sql`.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    guest_key BLOB NOT NULL
) STRICT;

CREATE TABLE stages (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    event_id TEXT NOT NULL REFERENCES events (id),
    name     TEXT NOT NULL
) STRICT;

CREATE TABLE djs (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE dj_tokens (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    dj_id      TEXT NOT NULL REFERENCES djs (id),
    name       TEXT NOT NULL UNIQUE,
    digest     TEXT NOT NULL UNIQUE,
    verifier   TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    revoked_ms INTEGER
) STRICT;

CREATE TABLE tracks (
    id         INTEGER PRIMARY KEY,
    artist     TEXT NOT NULL,
    title      TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    title_key  TEXT NOT NULL,
    UNIQUE (artist_key, title_key)
) STRICT;

CREATE TABLE sessions (
    id              TEXT PRIMARY KEY,
    stage_id        TEXT NOT NULL REFERENCES stages (id),
    dj_id           TEXT NOT NULL REFERENCES djs (id),
    dj_name         TEXT NOT NULL,
    started_boot    TEXT NOT NULL,
    started_boot_ms INTEGER NOT NULL,
    started_wall_ms INTEGER NOT NULL,
    started_trust   TEXT NOT NULL,
    seen_boot       TEXT NOT NULL,
    seen_boot_ms    INTEGER NOT NULL,
    seen_wall_ms    INTEGER NOT NULL,
    seen_trust      TEXT NOT NULL,
    current_play_id TEXT,
    ended           TEXT,
    ended_wall_ms   INTEGER
) STRICT;

CREATE UNIQUE INDEX sessions_running ON sessions (stage_id) WHERE ended IS NULL;
CREATE INDEX sessions_of_dj ON sessions (dj_id) WHERE ended IS NULL;

CREATE TABLE plays (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    session_id    TEXT NOT NULL REFERENCES sessions (id),
    stage_id      TEXT NOT NULL REFERENCES stages (id),
    track_id      INTEGER NOT NULL REFERENCES tracks (id),
    artist        TEXT NOT NULL,
    title         TEXT NOT NULL,
    bpm           REAL,
    key           TEXT,
    energy        REAL,
    danceability  REAL,
    brightness    REAL,
    acousticness  REAL,
    groove        REAL,
    heard_boot    TEXT NOT NULL,
    heard_boot_ms INTEGER NOT NULL,
    heard_wall_ms INTEGER NOT NULL,
    heard_trust   TEXT NOT NULL,
    age_ms        INTEGER NOT NULL,
    likes         INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX plays_of_session ON plays (session_id, number);
CREATE INDEX plays_of_stage ON plays (stage_id, number);

CREATE TABLE likes (
    play_id  TEXT NOT NULL REFERENCES plays (id),
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX likes_of_guest ON likes (guest_id, at_ms);

CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    v       INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    trust   TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
