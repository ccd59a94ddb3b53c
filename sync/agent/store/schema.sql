-- The carrier's own memory. Apart from the box's database on purpose: that is copied, restored and set aside without
-- this file, and then the two no longer fit together, which is how it is noticed. It also keeps the carrier's writes,
-- one for each answer of the cloud, out of the way of the hall's.

-- `epoch`: under which the cloud is told the history; `journal`: the epoch of the box's journal that it began with.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Places that the cloud has proven to hold, the newest last. `seq` counts from 1 without a hole in each epoch; the box's
-- own sequence goes on over epochs and may have holes. `crumbs`: four bytes of the chain after each row since the place
-- before.
CREATE TABLE marks (
    seq         INTEGER PRIMARY KEY,
    journal_seq INTEGER NOT NULL,
    chain       TEXT NOT NULL,
    crumbs      BLOB NOT NULL
) STRICT;

-- Rows over which the cloud broke down every time: what is sent in their place. The row itself stays on the box.
CREATE TABLE stand_ins (
    journal_seq INTEGER PRIMARY KEY,
    line        BLOB NOT NULL
) STRICT;
