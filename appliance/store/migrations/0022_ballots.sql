-- Who is there, what they would rather not hear, what they were asked to choose from, and what was chosen.

CREATE TABLE check_ins (
    guest_id TEXT PRIMARY KEY,
    stage_id TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    at_up_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dislikes (
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    counts   INTEGER NOT NULL,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dislikes_of_guest ON dislikes (guest_id);
CREATE INDEX dislikes_raw ON dislikes (guest_id) WHERE counts = 0;

CREATE TABLE ballots (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    stage_id TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    why      TEXT,
    is_open  INTEGER NOT NULL DEFAULT 1,
    won      INTEGER
) STRICT;

CREATE INDEX ballots_of_stage ON ballots (stage_id, number);
CREATE UNIQUE INDEX ballots_of_play ON ballots (play_id);

CREATE TABLE ballot_candidates (
    ballot_id TEXT NOT NULL REFERENCES ballots (id) ON DELETE CASCADE,
    place     INTEGER NOT NULL,
    track_id  TEXT NOT NULL,
    artist    TEXT NOT NULL,
    title     TEXT NOT NULL,
    why       TEXT NOT NULL,
    votes     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ballot_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE ballot_votes (
    ballot_id TEXT NOT NULL REFERENCES ballots (id) ON DELETE CASCADE,
    guest_id  TEXT NOT NULL,
    place     INTEGER NOT NULL,
    counts    INTEGER NOT NULL,
    PRIMARY KEY (ballot_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ballot_votes_of_guest ON ballot_votes (guest_id);
CREATE INDEX ballot_votes_raw ON ballot_votes (guest_id) WHERE counts = 0;

CREATE TABLE house_choices (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    stage_id   TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    track_id   TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    title_key  TEXT NOT NULL,
    why        TEXT NOT NULL
) STRICT;

CREATE INDEX house_choices_of_stage ON house_choices (stage_id, number);
