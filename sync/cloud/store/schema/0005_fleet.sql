-- What watching over boxes remembers, and alarms that are over.

-- Since when a box is heard without a pause, and what it had given up for want of room when it was last looked at.
CREATE TABLE fleet_watch (
    org_id         text   NOT NULL,
    box_id         text   NOT NULL,
    heard_since_ms bigint,
    dropped        bigint NOT NULL,
    -- when that last grew
    dropped_ms     bigint,
    PRIMARY KEY (org_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
SELECT pika_guard('fleet_watch');

-- An alarm that is over moves here.
CREATE TABLE alarm_history (
    org_id     text   NOT NULL,
    box_id     text   NOT NULL,
    kind       text   NOT NULL,
    subject    text   NOT NULL,
    raised_ms  bigint NOT NULL,
    cleared_ms bigint NOT NULL,
    times      bigint NOT NULL,
    PRIMARY KEY (org_id, box_id, kind, subject, raised_ms),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
CREATE INDEX alarm_history_over ON alarm_history (org_id, cleared_ms);
SELECT pika_guard('alarm_history');

-- Whom to look at, and whose present is fresh, without reading every box there ever was.
CREATE INDEX boxes_seen ON boxes (last_seen_ms);
