-- Which known track a play was, and what DJs say of that.

CREATE TABLE told_tracks (
    track_id TEXT PRIMARY KEY REFERENCES library_tracks (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX told_tracks_of_dj ON told_tracks (dj_id);

CREATE TABLE play_tracks (
    play_id    TEXT PRIMARY KEY REFERENCES plays (id) ON DELETE CASCADE,
    said       TEXT NOT NULL,
    track_id   TEXT REFERENCES library_tracks (id) ON DELETE SET NULL,
    confidence REAL NOT NULL,
    reason     TEXT NOT NULL,
    verdict    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX play_tracks_by_words ON play_tracks (said);
CREATE INDEX play_tracks_of_track ON play_tracks (track_id);

CREATE TABLE name_words (
    said     TEXT NOT NULL,
    track_id TEXT NOT NULL REFERENCES library_tracks (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    is_same  INTEGER NOT NULL,
    PRIMARY KEY (said, track_id, dj_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_words_of_track ON name_words (track_id);
CREATE INDEX name_words_of_dj ON name_words (dj_id);
