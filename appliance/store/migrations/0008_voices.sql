-- What dancers say beside likes: tempo votes, reactions, polls. `counts` is 0 for the words of guests whom nobody has
-- seen: they are kept, and in no sum that people are shown.

ALTER TABLE likes ADD COLUMN counts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE plays ADD COLUMN tempo_slower INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plays ADD COLUMN tempo_perfect INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plays ADD COLUMN tempo_faster INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tempo_votes (
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    vote     TEXT NOT NULL,
    counts   INTEGER NOT NULL,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tempo_votes_of_guest ON tempo_votes (guest_id);

CREATE TABLE reactions (
    guest_id   TEXT NOT NULL,
    id         TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    play_id    TEXT,
    kind       TEXT NOT NULL,
    counts     INTEGER NOT NULL,
    PRIMARY KEY (guest_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX reactions_of_session ON reactions (session_id, kind);

CREATE TABLE polls (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    stage_id       TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    session_id     TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    question       TEXT NOT NULL,
    opened_boot    TEXT NOT NULL,
    opened_boot_ms INTEGER NOT NULL,
    opened_wall_ms INTEGER NOT NULL,
    opened_trust   TEXT NOT NULL,
    lasts_s        INTEGER,
    end_reason     TEXT,
    ended_boot     TEXT,
    ended_boot_ms  INTEGER,
    ended_wall_ms  INTEGER,
    ended_trust    TEXT
) STRICT;

CREATE UNIQUE INDEX polls_running ON polls (stage_id) WHERE end_reason IS NULL;
CREATE INDEX polls_of_stage ON polls (stage_id, number);
CREATE INDEX polls_of_session ON polls (session_id, number);

CREATE TABLE poll_options (
    poll_id TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    place   INTEGER NOT NULL,
    text    TEXT NOT NULL,
    votes   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (poll_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE poll_votes (
    poll_id  TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    place    INTEGER NOT NULL,
    counts   INTEGER NOT NULL,
    PRIMARY KEY (poll_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX poll_votes_of_guest ON poll_votes (guest_id);
