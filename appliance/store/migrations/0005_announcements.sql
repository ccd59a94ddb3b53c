-- What the hall is told. A DJ's belongs to a set, an organiser's does not; `intent_seq` is the journal's row with its
-- notification. AUTOINCREMENT: phones know what they read by its number.
CREATE TABLE announcements (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    event_id      TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    stage_id      TEXT REFERENCES stages (id) ON DELETE CASCADE,
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    author        TEXT NOT NULL,
    said_by       TEXT NOT NULL,
    text          TEXT NOT NULL,
    level         TEXT NOT NULL,
    duration_s    INTEGER NOT NULL,
    made_boot     TEXT NOT NULL,
    made_boot_ms  INTEGER NOT NULL,
    made_wall_ms  INTEGER NOT NULL,
    made_trust    TEXT NOT NULL,
    intent_seq    INTEGER NOT NULL,
    phones        INTEGER NOT NULL DEFAULT 0,
    ended         TEXT,
    ended_wall_ms INTEGER
) STRICT;

CREATE INDEX announcements_running ON announcements (number) WHERE ended IS NULL;
CREATE INDEX announcements_of_event ON announcements (event_id, number);
CREATE INDEX announcements_of_session ON announcements (session_id, number) WHERE session_id IS NOT NULL;
CREATE INDEX announcements_of_author ON announcements (author, number);
