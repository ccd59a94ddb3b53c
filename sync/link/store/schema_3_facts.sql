-- What is known of a play besides its words and whose word it is, so that no later one of less weight takes its place;
-- and what the DJ said of its tempo.
ALTER TABLE plays ADD COLUMN bpm REAL;
ALTER TABLE plays ADD COLUMN bpm_origin TEXT;
ALTER TABLE plays ADD COLUMN key TEXT;
ALTER TABLE plays ADD COLUMN key_origin TEXT;
ALTER TABLE plays ADD COLUMN tempo TEXT;        -- half, double, as-is; NULL where the DJ said nothing

-- Entries that a box has and could not use, the newest ones.
CREATE TABLE asides (
    box   TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq   INTEGER NOT NULL,
    code  TEXT NOT NULL,                        -- why, in the box's word
    kind  TEXT NOT NULL,
    words TEXT NOT NULL,                        -- "Artist - Title" as far as it is known
    at_ms INTEGER NOT NULL,                     -- when the box said so, by the laptop's wall clock
    PRIMARY KEY (box, epoch, seq)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 3;
