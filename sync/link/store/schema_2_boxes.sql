-- The boxes that the DJ paired with. Nothing but the certificate says that it is the same box again.
CREATE TABLE boxes (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    certificate TEXT NOT NULL,         -- PEM
    token       TEXT NOT NULL,
    host        TEXT NOT NULL,         -- where it was last
    port        INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 2;
