-- Songs that the cloud wants on this box, and which of them are here.
CREATE TABLE songs (
    -- the cloud's
    id     TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    size   INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    -- `coming`, `here`, `refused`, or `leaving` when the cloud does not want it here any more
    state  TEXT NOT NULL,
    -- why it is refused, a stable word
    reason TEXT NOT NULL,
    -- under which name it stands in the cloud's folder; empty until then
    file   TEXT NOT NULL,
    -- whether the cloud was told how it is
    told   INTEGER NOT NULL
) STRICT;
