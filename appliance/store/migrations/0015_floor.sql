-- How alive floors were, minute by minute of each set.

CREATE TABLE floor_minutes (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    guests     INTEGER NOT NULL,
    likes      INTEGER NOT NULL,
    reactions  INTEGER NOT NULL,
    perfect    INTEGER NOT NULL,
    other      INTEGER NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX floor_minutes_by_number ON floor_minutes (number);
