-- What boxes send, whose they are, and how far each is stored.
--
-- Rows belong to an organisation. `pika_guard` puts a table under row-level security: the role pika_tenant meets only
-- rows of the organisation that `app.org` names, pika_service meets all, and the owner none without such a role; a later
-- step that changes rows says SET LOCAL ROLE pika_service first. Times are milliseconds of Unix time.

CREATE FUNCTION pika_guard(guarded regclass, tenant_may text DEFAULT 'SELECT') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY service ON %s TO pika_service USING (true) WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY tenant ON %s TO pika_tenant USING (org_id = current_setting(''app.org''))'
        ' WITH CHECK (org_id = current_setting(''app.org''))', guarded);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO pika_service', guarded);
    EXECUTE format('GRANT %s ON %s TO pika_tenant', tenant_may, guarded);
END
$$;

GRANT SELECT ON schema_steps TO pika_service;

CREATE TABLE organisations (
    org_id     text   PRIMARY KEY,
    name       text   NOT NULL,
    created_ms bigint NOT NULL
);
SELECT pika_guard('organisations');

-- Keys of people; only their digests.
CREATE TABLE access_keys (
    id         text   PRIMARY KEY,
    org_id     text   NOT NULL REFERENCES organisations,
    digest     text   NOT NULL UNIQUE,
    created_ms bigint NOT NULL,
    revoked_ms bigint
);
SELECT pika_guard('access_keys', 'SELECT, UPDATE');

-- A box belongs to one organisation at a time; what it sent to an earlier one stays there.
CREATE TABLE boxes (
    org_id           text   NOT NULL REFERENCES organisations,
    id               text   NOT NULL,
    name             text   NOT NULL,
    version          text   NOT NULL,
    -- the history it writes now
    epoch            text,
    claimed_ms       bigint NOT NULL,
    -- when its keys were taken back
    released_ms      bigint,
    -- when it last said anything, and when it last brought something new
    last_seen_ms     bigint,
    last_progress_ms bigint,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX boxes_owner ON boxes (id) WHERE released_ms IS NULL;
SELECT pika_guard('boxes', 'SELECT, UPDATE');

CREATE TABLE box_keys (
    -- the first 32 hexadecimal characters of the key's SHA-256
    id         text   PRIMARY KEY,
    org_id     text   NOT NULL,
    box_id     text   NOT NULL,
    -- base64url
    public_key text   NOT NULL,
    created_ms bigint NOT NULL,
    -- a key that was followed by another works until then
    until_ms   bigint,
    revoked_ms bigint,
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
CREATE INDEX box_keys_box ON box_keys (org_id, box_id);
SELECT pika_guard('box_keys', 'SELECT, UPDATE');

-- Boxes that show a code and wait for an organiser. Nobody's yet, so only the service sees them.
CREATE TABLE claims (
    key_id      text   PRIMARY KEY,
    box_id      text   NOT NULL,
    name        text   NOT NULL,
    version     text   NOT NULL,
    public_key  text   NOT NULL,
    -- shown again to the box that asks again, and good for a quarter of an hour
    code        text   NOT NULL UNIQUE,
    expires_ms  bigint NOT NULL
);
CREATE INDEX claims_expiry ON claims (expires_ms);
GRANT SELECT, INSERT, UPDATE, DELETE ON claims TO pika_service;

-- How far each history is durable: the row that is locked while a batch is stored.
CREATE TABLE histories (
    box_id    text   NOT NULL,
    epoch     text   NOT NULL,
    org_id    text   NOT NULL,
    seq       bigint NOT NULL,
    chain     text   NOT NULL,
    opened_ms bigint NOT NULL,
    last_ms   bigint NOT NULL,
    PRIMARY KEY (box_id, epoch),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
SELECT pika_guard('histories');

-- The chain at each accepted batch's end: what a batch about an old place is compared with.
CREATE TABLE chain_marks (
    box_id text   NOT NULL,
    epoch  text   NOT NULL,
    seq    bigint NOT NULL,
    org_id text   NOT NULL,
    chain  text   NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
);
SELECT pika_guard('chain_marks');

-- What happened, as the boxes tell it; never changed. In parts by box, so that a part can become a table elsewhere.
CREATE TABLE events (
    org_id      text   NOT NULL,
    box_id      text   NOT NULL,
    epoch       text   NOT NULL,
    seq         bigint NOT NULL,
    kind        text   NOT NULL,
    v           bigint NOT NULL,
    boot        text   NOT NULL,
    boot_ms     bigint NOT NULL,
    wall_ms     bigint NOT NULL,
    trust       text   NOT NULL,
    body        jsonb  NOT NULL,
    received_ms bigint NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
) PARTITION BY HASH (box_id);
DO $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            to_char(part, 'FM00'), part);
    END LOOP;
END
$$;
SELECT pika_guard('events');

-- Entries that are no events: kept as they came, and counted as received.
CREATE TABLE quarantine (
    org_id      text   NOT NULL,
    box_id      text   NOT NULL,
    epoch       text   NOT NULL,
    seq         bigint NOT NULL,
    code        text   NOT NULL,
    raw         bytea  NOT NULL,
    received_ms bigint NOT NULL,
    PRIMARY KEY (box_id, epoch, seq)
);
SELECT pika_guard('quarantine');

-- The present of each box; only the latest.
CREATE TABLE live (
    org_id      text   NOT NULL,
    box_id      text   NOT NULL,
    boot        text   NOT NULL,
    boot_ms     bigint NOT NULL,
    body        jsonb  NOT NULL,
    received_ms bigint NOT NULL,
    PRIMARY KEY (org_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
SELECT pika_guard('live');

-- What somebody should look at, once for each subject, such as the epoch of a history that forked.
CREATE TABLE alarms (
    org_id     text   NOT NULL,
    box_id     text   NOT NULL,
    kind       text   NOT NULL,
    subject    text   NOT NULL,
    raised_ms  bigint NOT NULL,
    last_ms    bigint NOT NULL,
    times      bigint NOT NULL,
    cleared_ms bigint,
    PRIMARY KEY (org_id, box_id, kind, subject),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
SELECT pika_guard('alarms', 'SELECT, UPDATE');

-- Keys of the service itself, base64url.
CREATE TABLE secrets (
    name  text PRIMARY KEY,
    value text NOT NULL
);
GRANT SELECT, INSERT ON secrets TO pika_service;
