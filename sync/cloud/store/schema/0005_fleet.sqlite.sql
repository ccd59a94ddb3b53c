-- What watching over boxes remembers, and alarms that are over.

-- Since when a box is heard without a pause, and what it had given up for want of room when it was last looked at.
CREATE TABLE fleet_watch (
    org_id         text   NOT NULL,
    box_id         text   NOT NULL,
    heard_since_ms integer,
    dropped        integer NOT NULL,
    -- when that last grew
    dropped_ms     integer,
    PRIMARY KEY (org_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;

-- An alarm that is over moves here.
CREATE TABLE alarm_history (
    org_id     text   NOT NULL,
    box_id     text   NOT NULL,
    kind       text   NOT NULL,
    subject    text   NOT NULL,
    raised_ms  integer NOT NULL,
    cleared_ms integer NOT NULL,
    times      integer NOT NULL,
    PRIMARY KEY (org_id, box_id, kind, subject, raised_ms),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
) STRICT;
CREATE INDEX alarm_history_over ON alarm_history (org_id, cleared_ms);

-- Whom to look at, and whose present is fresh, without reading every box there ever was.
CREATE INDEX boxes_seen ON boxes (last_seen_ms);
