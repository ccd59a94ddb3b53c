-- Stages pass from DJ to DJ by hand, with notes; DJs are away for a while; ends have a whole stamp.

ALTER TABLE sessions ADD COLUMN ended_boot TEXT;
ALTER TABLE sessions ADD COLUMN ended_boot_ms INTEGER;
ALTER TABLE sessions ADD COLUMN ended_trust TEXT;
ALTER TABLE sessions ADD COLUMN away INTEGER NOT NULL DEFAULT 0;

CREATE TABLE offers (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    to_dj_id     TEXT REFERENCES djs (id) ON DELETE CASCADE,
    made_boot    TEXT NOT NULL,
    made_boot_ms INTEGER NOT NULL,
    made_wall_ms INTEGER NOT NULL,
    made_trust   TEXT NOT NULL
) STRICT;

CREATE TABLE notes (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    dj_id        TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    dj_name      TEXT NOT NULL,
    text         TEXT NOT NULL,
    left_boot    TEXT NOT NULL,
    left_boot_ms INTEGER NOT NULL,
    left_wall_ms INTEGER NOT NULL,
    left_trust   TEXT NOT NULL
) STRICT;

CREATE INDEX notes_of_stage ON notes (stage_id);
