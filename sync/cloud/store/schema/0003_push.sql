-- Who wants to be told what, what boxes meant to tell, and which phone was told.

-- How far each history was read for claims and intents.
CREATE TABLE push_cursors (
    box_id text   NOT NULL,
    epoch  text   NOT NULL,
    org_id text   NOT NULL,
    seq    bigint NOT NULL,
    PRIMARY KEY (box_id, epoch)
);
SELECT pika_guard('push_cursors');

-- Links that boxes gave to guests, by the digest of what is in them.
CREATE TABLE push_claims (
    digest   text   PRIMARY KEY,
    org_id   text   NOT NULL,
    box_id   text   NOT NULL,
    guest    text   NOT NULL,
    event_id text   NOT NULL,
    stage_id text,
    read_ms  bigint NOT NULL
);
CREATE INDEX push_claims_guest ON push_claims (org_id, box_id, guest);
SELECT pika_guard('push_claims');

-- A browser that wants messages. It may come before its box has told of the claim: then nothing is sent to it yet, and
-- nobody knows whose it is, so only the service sees it.
CREATE TABLE push_subscriptions (
    id         text   PRIMARY KEY,
    digest     text   NOT NULL,
    -- the browser: its endpoint's digest; one that came by several links is told once
    phone      text   NOT NULL,
    endpoint   text   NOT NULL,
    p256dh     text   NOT NULL,
    auth       text   NOT NULL,
    created_ms bigint NOT NULL,
    UNIQUE (digest, endpoint)
);
CREATE INDEX push_subscriptions_phone ON push_subscriptions (phone);
GRANT SELECT, INSERT, UPDATE, DELETE ON push_subscriptions TO pika_service;

-- What it wants to hear: a stage of the event that its claim is about, with '' what concerns the whole event, and
-- with '*' every stage.
CREATE TABLE push_topics (
    subscription_id text NOT NULL REFERENCES push_subscriptions ON DELETE CASCADE,
    stage_id        text NOT NULL,
    PRIMARY KEY (subscription_id, stage_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON push_topics TO pika_service;

-- Notifications that boxes meant, in the order in which they arrived.
CREATE TABLE push_intents (
    number          bigint GENERATED ALWAYS AS IDENTITY,
    org_id          text   NOT NULL,
    box_id          text   NOT NULL,
    id              text   NOT NULL,
    epoch           text   NOT NULL,
    boot            text   NOT NULL,
    boot_ms         bigint NOT NULL,
    body            jsonb  NOT NULL,
    read_ms         bigint NOT NULL,
    closed_ms       bigint,
    -- sent, expired, replaced or broken
    why             text,
    PRIMARY KEY (org_id, box_id, id)
);
CREATE INDEX push_intents_open ON push_intents (number) WHERE closed_ms IS NULL;
SELECT pika_guard('push_intents');

-- Which phone was told what: written before it is told, so that it is told once.
CREATE TABLE push_sent (
    org_id          text   NOT NULL,
    box_id          text   NOT NULL,
    intent          text   NOT NULL,
    phone           text   NOT NULL,
    claimed_ms      bigint NOT NULL,
    -- what became of it; NULL while nobody knows
    fate            text,
    -- a service said that it did not take it: from then on it may be asked again
    again_ms        bigint,
    PRIMARY KEY (org_id, box_id, intent, phone),
    FOREIGN KEY (org_id, box_id, intent) REFERENCES push_intents
);
SELECT pika_guard('push_sent');

-- Services that refuse our key or our messages.
CREATE TABLE push_alarms (
    origin    text   PRIMARY KEY,
    fate      text   NOT NULL,
    raised_ms bigint NOT NULL,
    last_ms   bigint NOT NULL,
    times     bigint NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON push_alarms TO pika_service;
