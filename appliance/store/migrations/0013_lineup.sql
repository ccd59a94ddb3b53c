-- Who may play where, and an event's picture. DJs who are known may play at the events that are there, as before.
ALTER TABLE events ADD COLUMN logo TEXT;

CREATE TABLE assignments (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, dj_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX assignments_of_dj ON assignments (dj_id);

INSERT INTO assignments (event_id, dj_id) SELECT e.id, d.id FROM events AS e CROSS JOIN djs AS d;

CREATE TABLE logos (
    event_id   TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    media_type TEXT NOT NULL,
    content    BLOB NOT NULL
) STRICT;
