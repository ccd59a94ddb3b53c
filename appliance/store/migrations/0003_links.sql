-- DJs' links: how far each one's history is durable here, and plays that were taken back.
ALTER TABLE plays ADD COLUMN retracted INTEGER NOT NULL DEFAULT 0;

CREATE TABLE link_cursors (
    dj_id  TEXT NOT NULL,
    source TEXT NOT NULL,
    epoch  TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    chain  TEXT NOT NULL,
    PRIMARY KEY (dj_id, source, epoch)
) STRICT, WITHOUT ROWID;
