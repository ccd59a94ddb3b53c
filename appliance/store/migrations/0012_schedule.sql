-- Plans, bookings, stars, and how sets end.

-- An event's plan counts its changes.
CREATE TABLE plans (
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    version  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is to play where and when. Times are what the clock of the event's zone shows, such as 2026-10-25T02:30; `*_again`
-- is 1 for the second of the two moments at which it shows that.
CREATE TABLE slots (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    begins       TEXT NOT NULL,
    begins_again INTEGER NOT NULL,
    ends         TEXT NOT NULL,
    ends_again   INTEGER NOT NULL,
    dj_id        TEXT REFERENCES djs (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    booking      TEXT NOT NULL,            -- what the DJ says: nobody, asked, confirmed, declined
    word         TEXT NOT NULL,
    version      INTEGER NOT NULL
) STRICT;

CREATE INDEX slots_of_event ON slots (event_id, begins);
CREATE INDEX slots_of_stage ON slots (stage_id, begins);
CREATE INDEX slots_of_dj ON slots (dj_id, begins);

-- Slots that guests want to be at.
CREATE TABLE stars (
    slot_id  TEXT NOT NULL REFERENCES slots (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (slot_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stars_of_guest ON stars (guest_id);

-- What the DJ of a running session said of its end: after so many more songs, or so long after `said`.
CREATE TABLE closings (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL,
    said_boot    TEXT NOT NULL,
    said_boot_ms INTEGER NOT NULL,
    said_wall_ms INTEGER NOT NULL,
    said_trust   TEXT NOT NULL,
    songs        INTEGER,
    within_ms    INTEGER,
    counted      TEXT NOT NULL,            -- the play that counted down last
    over         INTEGER NOT NULL          -- 1: the DJ played on
) STRICT;
