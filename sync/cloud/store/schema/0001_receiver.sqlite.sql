-- What boxes send, whose they are, and how far each is stored: as in 0001_receiver.sql, without roles and parts.
-- Times are milliseconds of Unix time.

CREATE TABLE organisations (
    org_id     text    PRIMARY KEY,
    name       text    NOT NULL,
    created_ms integer NOT NULL
) STRICT;

-- Keys of people; only their digests.
CREATE TABLE access_keys (
    id         text    PRIMARY KEY,
    org_id     text    NOT NULL REFERENCES organisations,
    digest     text    NOT NULL UNIQUE,
    created_ms integer NOT NULL,
    revoked_ms integer
) STRICT;

-- A box belongs to one organisation at a time; what it sent to an earlier one stays there.
CREATE TABLE boxes (
    org_id           text    NOT NULL REFERENCES organisations,
    id               text    NOT NULL,
    name             text    NOT NULL,
    version          text    NOT NULL,
    -- the history it writes now
    epoch            text,
    claimed_ms       integer NOT NULL,
    -- when its keys were taken back
    released_ms      integer,
    -- when it last said anything, and when it last brought something new
    last_seen_ms     integer,
    last_progress_ms integer,
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE UNIQUE INDEX boxes_owner ON boxes (id) WHERE released_ms IS NULL;

CREATE TABLE box_keys (
    -- the first 32 hexadecimal characters of the key's SHA-256
    id         text    PRIMARY KEY,
    org_id     text    NOT NULL,
    box_id     text    NOT NULL,
    -- base64url
    public_key text    NOT NULL,
    created_ms integer NOT NULL,
    -- a key that was followed by another works until then
    until_ms   integer,
    revoked_ms integer,
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;
CREATE INDEX box_keys_box ON box_keys (org_id, box_id);

-- Boxes that show a code and wait for an organiser. Nobody's yet, so only the service sees them.
CREATE TABLE claims (
    key_id      text    PRIMARY KEY,
    box_id      text    NOT NULL,
    name        text    NOT NULL,
    version     text    NOT NULL,
    public_key  text    NOT NULL,
    -- shown again to the box that asks again, and good for a quarter of an hour
    code        text    NOT NULL UNIQUE,
    expires_ms  integer NOT NULL
) STRICT;
CREATE INDEX claims_expiry ON claims (expires_ms);

-- How far each history is durable: the row that is locked while a batch is stored.
CREATE TABLE histories (
    box_id    text    NOT NULL,
    epoch     text    NOT NULL,
    org_id    text    NOT NULL,
    seq       integer NOT NULL,
    chain     text    NOT NULL,
    opened_ms integer NOT NULL,
    last_ms   integer NOT NULL,
    PRIMARY KEY (box_id, epoch),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;

-- The chain at each accepted batch's end: what a batch about an old place is compared with.
CREATE TABLE chain_marks (
    box_id text    NOT NULL,
    epoch  text    NOT NULL,
    seq    integer NOT NULL,
    org_id text    NOT NULL,
    chain  text    NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
) STRICT;

-- What happened, as the boxes tell it; never changed.
CREATE TABLE events (
    org_id      text    NOT NULL,
    box_id      text    NOT NULL,
    epoch       text    NOT NULL,
    seq         integer NOT NULL,
    kind        text    NOT NULL,
    v           integer NOT NULL,
    boot        text    NOT NULL,
    boot_ms     integer NOT NULL,
    wall_ms     integer NOT NULL,
    trust       text    NOT NULL,
    body        text    NOT NULL,
    received_ms integer NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
) STRICT;

-- Entries that are no events: kept as they came, and counted as received.
CREATE TABLE quarantine (
    org_id      text    NOT NULL,
    box_id      text    NOT NULL,
    epoch       text    NOT NULL,
    seq         integer NOT NULL,
    code        text    NOT NULL,
    raw         blob    NOT NULL,
    received_ms integer NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
) STRICT;

-- The present of each box; only the latest.
CREATE TABLE live (
    org_id      text    NOT NULL,
    box_id      text    NOT NULL,
    boot        text    NOT NULL,
    boot_ms     integer NOT NULL,
    body        text    NOT NULL,
    received_ms integer NOT NULL,
    PRIMARY KEY (org_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;

-- What somebody should look at, once for each subject, such as the epoch of a history that forked.
CREATE TABLE alarms (
    org_id     text    NOT NULL,
    box_id     text    NOT NULL,
    kind       text    NOT NULL,
    subject    text    NOT NULL,
    raised_ms  integer NOT NULL,
    last_ms    integer NOT NULL,
    times      integer NOT NULL,
    cleared_ms integer,
    PRIMARY KEY (org_id, box_id, kind, subject),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;

-- Keys of the service itself, base64url.
CREATE TABLE secrets (
    name  text    PRIMARY KEY,
    value text    NOT NULL
) STRICT;
