-- The tracks that a box has as files, or whose sound it knows.

CREATE TABLE library_tracks (
    id            TEXT PRIMARY KEY,
    file_hash     TEXT NOT NULL UNIQUE,
    of_group      TEXT NOT NULL,
    artist        TEXT NOT NULL,
    title         TEXT NOT NULL,
    album         TEXT NOT NULL,
    genre         TEXT NOT NULL,
    explicit      INTEGER,
    searched      TEXT NOT NULL,
    version       INTEGER NOT NULL,
    duration_ms   INTEGER NOT NULL,
    sound_from_ms INTEGER,
    sound_till_ms INTEGER,
    bpm           REAL,
    bpm_sure      REAL,
    bpm_steady    REAL,
    bpm_others    TEXT,
    first_beat_ms INTEGER,
    tonic         INTEGER,
    is_minor      INTEGER,
    key_sure      REAL,
    tuning_cents  INTEGER,
    key           TEXT,
    camelot       TEXT,
    lufs          REAL,
    energy        INTEGER,
    danceability  INTEGER,
    brightness    INTEGER,
    acousticness  INTEGER,
    groove        INTEGER,
    swing         REAL,
    embedding     TEXT,
    fingerprint   BLOB,
    gaps          TEXT NOT NULL,
    heard_boot    TEXT NOT NULL,
    heard_boot_ms INTEGER NOT NULL,
    heard_wall_ms INTEGER NOT NULL,
    heard_trust   TEXT NOT NULL
) STRICT;

CREATE INDEX library_tracks_of_group ON library_tracks (of_group);
CREATE INDEX library_tracks_by_length ON library_tracks (duration_ms);

CREATE TABLE library_files (
    path        BLOB PRIMARY KEY,
    root        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    track_id    TEXT REFERENCES library_tracks (id) ON DELETE SET NULL,
    fault       TEXT,
    version     INTEGER,
    is_gone     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX library_files_of_track ON library_files (track_id);
CREATE INDEX library_files_of_root ON library_files (root);
CREATE INDEX library_files_by_size ON library_files (size);
