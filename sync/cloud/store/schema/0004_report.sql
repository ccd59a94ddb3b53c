-- Reports: who may see one by a link, and in which time zone a box's hall lives.

-- A link to one night's report. Its address is this id and a signature; nothing of it helps to guess another.
CREATE TABLE report_shares (
    id         text   PRIMARY KEY,
    org_id     text   NOT NULL REFERENCES organisations,
    box_id     text   NOT NULL,
    event_id   text   NOT NULL,
    created_ms bigint NOT NULL,
    expires_ms bigint NOT NULL,
    revoked_ms bigint
);
CREATE INDEX report_shares_event ON report_shares (org_id, box_id, event_id);
SELECT pika_guard('report_shares', 'SELECT, INSERT, UPDATE');

-- Where a box stands.
CREATE TABLE report_zones (
    org_id text NOT NULL REFERENCES organisations,
    box_id text NOT NULL,
    zone   text NOT NULL,
    PRIMARY KEY (org_id, box_id)
);
SELECT pika_guard('report_zones', 'SELECT, INSERT, UPDATE');
