-- What a manager wants of the house player on a stage.

CREATE TABLE house_rules (
    stage_id        TEXT PRIMARY KEY REFERENCES stages (id) ON DELETE CASCADE,
    genres          TEXT NOT NULL,
    allows_explicit INTEGER NOT NULL,
    bpm_from        REAL,
    bpm_until       REAL,
    opens_min       INTEGER NOT NULL,
    closes_min      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
