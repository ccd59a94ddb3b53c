-- What the raw events say, as tables and views: as in 0002_derived.sql, without roles.
--
-- Everything here can be made again from `events`. Times are (boot, boot_ms): a boot of a box and milliseconds since
-- it began, which never change. What that is in true time follows from the anchor of the boot in `boots`, so that an
-- anchor that comes late puts a whole boot right by one row. `place` is an entry's place in the box's whole history,
-- over all its epochs; the latest place has the last word.


-- Each box's turn with whoever derives: the row that is locked meanwhile, and which rules made what is here.
CREATE TABLE derivations (
    org_id  text NOT NULL,
    box_id  text NOT NULL,
    version integer NOT NULL,
    turn    integer NOT NULL,
    PRIMARY KEY (org_id, box_id)
) STRICT;

-- How far each history is derived, and its number among the box's, from 1.
CREATE TABLE derived_histories (
    org_id text NOT NULL,
    box_id text NOT NULL,
    epoch  text NOT NULL,
    number integer NOT NULL,
    seq    integer NOT NULL,
    PRIMARY KEY (org_id, box_id, epoch)
) STRICT;

-- Entries that could not be used, by the reason; they stay in `events`.
CREATE TABLE skipped (
    org_id text NOT NULL,
    box_id text NOT NULL,
    kind   text NOT NULL,
    code   text NOT NULL,
    n      integer NOT NULL,
    PRIMARY KEY (org_id, box_id, kind, code)
) STRICT;

-- Guests who wanted to be forgotten: what they said is nowhere, and is taken out again should it come again.
CREATE TABLE forgotten (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    guest_id text NOT NULL,
    place    integer NOT NULL,
    PRIMARY KEY (org_id, box_id, guest_id)
) STRICT;

-- Boots of the boxes with the anchor that is believed, if there is one.
CREATE TABLE boots (
    org_id      text NOT NULL,
    box_id      text NOT NULL,
    boot        text NOT NULL,
    first_place integer NOT NULL,
    first_ms    integer NOT NULL,
    last_ms     integer NOT NULL,
    anchor_ms   integer,
    utc_ms      integer,
    error_ms    integer,
    source      text,
    PRIMARY KEY (org_id, box_id, boot)
) STRICT;

-- What anybody said of the time.
CREATE TABLE anchors (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    boot     text NOT NULL,
    source   text NOT NULL,
    boot_ms  integer NOT NULL,
    utc_ms   integer NOT NULL,
    error_ms integer NOT NULL,
    place    integer NOT NULL,
    PRIMARY KEY (org_id, box_id, boot, source, boot_ms)
) STRICT;

-- Events. `revision` grows whenever something that belongs to one becomes known or moves in time.
CREATE TABLE venue_events (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    id       text NOT NULL,
    name     text NOT NULL,
    place    integer NOT NULL,
    revision integer NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, box_id, id)
) STRICT;

-- Places with music; the same address may stand for another place at another event.
CREATE TABLE stages (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    event_id text NOT NULL,
    id       text NOT NULL,
    name     text NOT NULL,
    place    integer NOT NULL,
    PRIMARY KEY (org_id, box_id, event_id, id)
) STRICT;

-- Sets of DJs. An end before `again_place` does not count: the set went on after it.
CREATE TABLE sets (
    org_id      text NOT NULL,
    box_id      text NOT NULL,
    id          text NOT NULL,
    event_id    text,
    stage_id    text NOT NULL,
    dj_id       text NOT NULL,
    dj_name     text NOT NULL,
    place       integer NOT NULL,
    boot        text NOT NULL,
    boot_ms     integer NOT NULL,
    again_place integer NOT NULL,
    ended_place integer,
    ended_boot  text,
    ended_ms    integer,
    reason      text,
    PRIMARY KEY (org_id, box_id, id)
) STRICT;
CREATE INDEX sets_event ON sets (org_id, box_id, event_id);

-- Tracks heard. `boot_ms` is when one began, less the age with which it was told; negative is before that boot.
CREATE TABLE plays (
    org_id          text NOT NULL,
    box_id          text NOT NULL,
    id              text NOT NULL,
    event_id        text,
    stage_id        text NOT NULL,
    session_id      text NOT NULL,
    artist          text NOT NULL,
    title           text NOT NULL,
    bpm             real,
    key             text,
    source          text,
    confidence      text,
    place           integer NOT NULL,
    boot            text NOT NULL,
    boot_ms         integer NOT NULL,
    age_ms          integer NOT NULL,
    track_place     integer NOT NULL,
    stopped_boot    text,
    stopped_ms      integer,
    retracted_place integer,
    PRIMARY KEY (org_id, box_id, id)
) STRICT;
CREATE INDEX plays_event ON plays (org_id, box_id, event_id);

-- Likes; one that was taken back stays as one that does not stand.
CREATE TABLE likes (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    play_id  text NOT NULL,
    guest_id text NOT NULL,
    stands   integer NOT NULL,
    place    integer NOT NULL,
    boot     text NOT NULL,
    boot_ms  integer NOT NULL,
    PRIMARY KEY (org_id, box_id, play_id, guest_id)
) STRICT;
CREATE INDEX likes_guest ON likes (guest_id);

-- How many were there in the span that ends at `boot_ms`; counted on the box.
CREATE TABLE presence (
    org_id    text NOT NULL,
    box_id    text NOT NULL,
    event_id  text NOT NULL,
    stage_id  text NOT NULL,
    boot      text NOT NULL,
    boot_ms   integer NOT NULL,
    place     integer NOT NULL,
    span_ms   integer NOT NULL,
    minutes   text NOT NULL,
    guests    integer NOT NULL,
    active    integer NOT NULL,
    arrived   integer NOT NULL,
    gone      integer NOT NULL,
    came_from text NOT NULL,
    PRIMARY KEY (org_id, box_id, stage_id, boot, boot_ms)
) STRICT;
CREATE INDEX presence_event ON presence (org_id, box_id, event_id);

-- How many stayed when one DJ followed another.
CREATE TABLE handovers (
    org_id       text NOT NULL,
    box_id       text NOT NULL,
    stage_id     text NOT NULL,
    from_session text NOT NULL,
    to_session   text NOT NULL,
    guests       integer NOT NULL,
    stayed       integer NOT NULL,
    place        integer NOT NULL,
    boot         text NOT NULL,
    boot_ms      integer NOT NULL,
    PRIMARY KEY (org_id, box_id, to_session)
) STRICT;

-- Each guest's last word on a play's tempo; `none` takes it back.
CREATE TABLE tempo_votes (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    play_id  text NOT NULL,
    guest_id text NOT NULL,
    vote     text NOT NULL,
    place    integer NOT NULL,
    boot     text NOT NULL,
    boot_ms  integer NOT NULL,
    PRIMARY KEY (org_id, box_id, play_id, guest_id)
) STRICT;
CREATE INDEX tempo_votes_guest ON tempo_votes (guest_id);

-- Hearts and thanks.
CREATE TABLE reactions (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    event_id text,
    stage_id text NOT NULL,
    play_id  text,
    guest_id text NOT NULL,
    kind     text NOT NULL,
    n        integer NOT NULL,
    place    integer NOT NULL,
    boot     text NOT NULL,
    boot_ms  integer NOT NULL,
    PRIMARY KEY (org_id, box_id, boot, boot_ms, stage_id, guest_id, kind)
) STRICT;
CREATE INDEX reactions_event ON reactions (org_id, box_id, event_id);
CREATE INDEX reactions_guest ON reactions (guest_id);

-- Questions to a stage.
CREATE TABLE polls (
    org_id       text NOT NULL,
    box_id       text NOT NULL,
    id           text NOT NULL,
    event_id     text,
    stage_id     text NOT NULL,
    question     text NOT NULL,
    options      text NOT NULL,
    place        integer NOT NULL,
    boot         text NOT NULL,
    boot_ms      integer NOT NULL,
    counts       text,
    closed_place integer,
    closed_boot  text,
    closed_ms    integer,
    PRIMARY KEY (org_id, box_id, id)
) STRICT;
CREATE INDEX polls_event ON polls (org_id, box_id, event_id);

-- Each guest's last answer.
CREATE TABLE poll_votes (
    org_id   text NOT NULL,
    box_id   text NOT NULL,
    poll_id  text NOT NULL,
    guest_id text NOT NULL,
    choice   integer,
    place    integer NOT NULL,
    PRIMARY KEY (org_id, box_id, poll_id, guest_id)
) STRICT;
CREATE INDEX poll_votes_guest ON poll_votes (guest_id);

-- Views. They run with the rights of whoever asks, so that row-level security holds through them.

CREATE VIEW report_boots AS
SELECT b.org_id, b.box_id, b.boot, b.first_place AS place, b.source, b.error_ms,
    b.utc_ms IS NULL AS unknown,
    b.utc_ms + b.first_ms - b.anchor_ms AS first_utc_ms,
    b.utc_ms + b.last_ms - b.anchor_ms AS last_utc_ms,
    (SELECT max(e.utc_ms + e.last_ms - e.anchor_ms) FROM boots AS e
        WHERE e.org_id = b.org_id AND e.box_id = b.box_id AND e.first_place < b.first_place) AS not_before_ms,
    (SELECT min(l.utc_ms + l.first_ms - l.anchor_ms) FROM boots AS l
        WHERE l.org_id = b.org_id AND l.box_id = b.box_id AND l.first_place > b.first_place) AS not_after_ms
FROM boots AS b;

CREATE VIEW report_presence AS
SELECT p.org_id, p.box_id, p.event_id, e.name AS event, p.stage_id, s.name AS stage,
    b.utc_ms + p.boot_ms - b.anchor_ms AS until_ms,
    p.span_ms, p.guests, p.active, p.arrived, p.gone, p.minutes, p.came_from, p.place
FROM presence AS p
JOIN boots AS b ON b.org_id = p.org_id AND b.box_id = p.box_id AND b.boot = p.boot
LEFT JOIN venue_events AS e ON e.org_id = p.org_id AND e.box_id = p.box_id AND e.id = p.event_id
LEFT JOIN stages AS s
    ON s.org_id = p.org_id AND s.box_id = p.box_id AND s.event_id = p.event_id AND s.id = p.stage_id;

CREATE VIEW report_set_list AS
SELECT f.*,
    strftime('%Y-%m-%dT%H:%M:%fZ', began_ms / 1000.0, 'unixepoch') AS began,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_ms / 1000.0, 'unixepoch') AS ended
FROM (
    SELECT t.*,
        CASE
            WHEN t.stopped_utc_ms >= t.began_ms AND (t.next_ms IS NULL OR t.stopped_utc_ms < t.next_ms)
            THEN t.stopped_utc_ms
            WHEN t.next_ms >= t.began_ms THEN t.next_ms
        END AS ended_ms
    FROM (
        SELECT p.org_id, p.box_id, p.event_id, e.name AS event, p.stage_id, p.session_id, d.dj_id, d.dj_name,
            p.id AS play_id, p.artist, p.title, p.bpm, p.key, p.source, p.confidence, p.age_ms, p.place,
            b.first_place AS boot_place, p.boot_ms,
            b.utc_ms + p.boot_ms - b.anchor_ms AS began_ms,
            c.utc_ms + p.stopped_ms - c.anchor_ms AS stopped_utc_ms,
            lead(b.utc_ms + p.boot_ms - b.anchor_ms) OVER (
                PARTITION BY p.org_id, p.box_id, p.event_id, p.stage_id ORDER BY b.first_place, p.boot_ms, p.place
            ) AS next_ms
        FROM plays AS p
        JOIN boots AS b ON b.org_id = p.org_id AND b.box_id = p.box_id AND b.boot = p.boot
        LEFT JOIN boots AS c ON c.org_id = p.org_id AND c.box_id = p.box_id AND c.boot = p.stopped_boot
        LEFT JOIN sets AS d ON d.org_id = p.org_id AND d.box_id = p.box_id AND d.id = p.session_id
        LEFT JOIN venue_events AS e ON e.org_id = p.org_id AND e.box_id = p.box_id AND e.id = p.event_id
        WHERE p.retracted_place IS NULL
    ) AS t
) AS f;

CREATE VIEW report_plays AS
SELECT l.org_id, l.box_id, l.event_id, l.event, l.stage_id, l.dj_name, l.play_id, l.artist, l.title, l.bpm, l.key,
    l.began_ms, l.ended_ms, l.place,
    (SELECT count(*) FROM likes AS k
        WHERE k.org_id = l.org_id AND k.box_id = l.box_id AND k.play_id = l.play_id AND k.stands) AS likes,
    (SELECT max(q.guests) FROM plays AS p JOIN presence AS q
        ON q.org_id = p.org_id AND q.box_id = p.box_id AND q.stage_id = p.stage_id AND q.boot = p.boot
        WHERE p.org_id = l.org_id AND p.box_id = l.box_id AND p.id = l.play_id
        AND q.boot_ms > p.boot_ms AND q.boot_ms - q.span_ms <= p.boot_ms) AS listeners
FROM report_set_list AS l;

CREATE VIEW report_handovers AS
SELECT h.org_id, h.box_id, t.event_id, h.stage_id, f.dj_name AS from_dj, t.dj_name AS to_dj, h.guests, h.stayed,
    CASE WHEN h.guests > 0 THEN CAST(h.stayed AS real) / h.guests END AS share
FROM handovers AS h
LEFT JOIN sets AS f ON f.org_id = h.org_id AND f.box_id = h.box_id AND f.id = h.from_session
LEFT JOIN sets AS t ON t.org_id = h.org_id AND t.box_id = h.box_id AND t.id = h.to_session;

CREATE VIEW report_nights AS
SELECT n.*,
    strftime('%Y-%m-%dT%H:%M:%fZ', began_ms / 1000.0, 'unixepoch') AS began,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended_ms / 1000.0, 'unixepoch') AS ended
FROM (
    SELECT e.org_id, e.box_id, x.name AS box, e.id AS event_id, e.name AS event, e.revision, e.place,
        (SELECT min(l.began_ms) FROM report_set_list AS l
            WHERE l.org_id = e.org_id AND l.box_id = e.box_id AND l.event_id = e.id) AS began_ms,
        (SELECT max(coalesce(l.ended_ms, l.began_ms)) FROM report_set_list AS l
            WHERE l.org_id = e.org_id AND l.box_id = e.box_id AND l.event_id = e.id) AS ended_ms,
        (SELECT count(*) FROM stages AS s
            WHERE s.org_id = e.org_id AND s.box_id = e.box_id AND s.event_id = e.id) AS stages,
        (SELECT count(*) FROM sets AS s
            WHERE s.org_id = e.org_id AND s.box_id = e.box_id AND s.event_id = e.id) AS sets,
        (SELECT count(*) FROM plays AS p WHERE p.org_id = e.org_id AND p.box_id = e.box_id AND p.event_id = e.id
            AND p.retracted_place IS NULL) AS plays,
        (SELECT count(*) FROM likes AS k WHERE k.org_id = e.org_id AND k.box_id = e.box_id AND k.stands
            AND k.play_id IN (
                SELECT p.id FROM plays AS p WHERE p.org_id = e.org_id AND p.box_id = e.box_id AND p.event_id = e.id
                AND p.retracted_place IS NULL
            )) AS likes,
        (SELECT max(q.guests) FROM presence AS q
            WHERE q.org_id = e.org_id AND q.box_id = e.box_id AND q.event_id = e.id) AS most_guests
    FROM venue_events AS e
    LEFT JOIN boxes AS x ON x.org_id = e.org_id AND x.id = e.box_id
) AS n;

CREATE VIEW report_boxes AS
SELECT x.org_id, x.id AS box_id, x.name AS box, x.version, x.last_seen_ms, x.last_progress_ms, x.released_ms,
    (SELECT count(*) FROM histories AS h WHERE h.org_id = x.org_id AND h.box_id = x.id) AS histories,
    (SELECT coalesce(sum(h.seq), 0) FROM histories AS h WHERE h.org_id = x.org_id AND h.box_id = x.id) AS entries,
    (SELECT coalesce(sum(h.seq), 0) FROM histories AS h WHERE h.org_id = x.org_id AND h.box_id = x.id)
        - (SELECT coalesce(sum(g.seq), 0) FROM derived_histories AS g
            WHERE g.org_id = x.org_id AND g.box_id = x.id) AS to_derive,
    (SELECT count(*) FROM quarantine AS q WHERE q.org_id = x.org_id AND q.box_id = x.id) AS kept_aside,
    (SELECT coalesce(sum(s.n), 0) FROM skipped AS s WHERE s.org_id = x.org_id AND s.box_id = x.id) AS skipped,
    (SELECT count(*) FROM alarms AS a
        WHERE a.org_id = x.org_id AND a.box_id = x.id AND a.cleared_ms IS NULL) AS alarms,
    (SELECT count(*) FROM boots AS b
        WHERE b.org_id = x.org_id AND b.box_id = x.id AND b.utc_ms IS NULL) AS boots_without_time,
    (SELECT b.source FROM boots AS b WHERE b.org_id = x.org_id AND b.box_id = x.id
        ORDER BY b.first_place DESC LIMIT 1) AS clock
FROM boxes AS x;

