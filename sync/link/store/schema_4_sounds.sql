-- Plays whose file is still to be listened to; whoever has no tempo comes first.
CREATE TABLE unheard (
    play_id  TEXT PRIMARY KEY REFERENCES plays (id),
    path     TEXT NOT NULL,                     -- as the DJ's program spells it
    is_ghost INTEGER NOT NULL                   -- 1: nobody said a tempo or a key
) STRICT;

-- How files sound, so that none is listened to twice.
CREATE TABLE sounds (
    path        TEXT PRIMARY KEY,
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    file_hash   TEXT NOT NULL,                  -- SHA-256; empty where the file could not be read
    version     INTEGER NOT NULL,               -- of the rules by which somebody listened
    told        BLOB,                           -- what the box is told; NULL where nothing can be told
    at_ms       INTEGER NOT NULL                -- when it was looked at last, by the laptop's wall clock
) STRICT;

CREATE INDEX sounds_by_hash ON sounds (file_hash);

PRAGMA user_version = 4;
