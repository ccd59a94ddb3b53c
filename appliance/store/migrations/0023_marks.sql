-- By what a recording is found among thousands: a few words of its fingerprint.

CREATE TABLE library_marks (
    mark     INTEGER NOT NULL,
    track_id TEXT NOT NULL REFERENCES library_tracks (id) ON DELETE CASCADE,
    PRIMARY KEY (mark, track_id)
) STRICT, WITHOUT ROWID;
