-- One evening as a database of its own, to read with any tool. The box's own is attached as `box` and only read; all
-- reads are of one moment. Nothing of a guest is in here but counts, and of one to four guests not even those.
-- Times are UTC by the box's clock as it was believed then; `clock` says how far it could be believed.

CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE stages (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;

-- One DJ's set on a stage. `ended` is NULL while it runs.
CREATE TABLE sets (
    id    INTEGER PRIMARY KEY,
    stage TEXT NOT NULL,
    dj    TEXT NOT NULL,
    began TEXT NOT NULL,
    ended TEXT,
    clock TEXT NOT NULL
) STRICT;

-- One track heard. `seconds` is NULL where nobody knows how long; `dislikes` said "not for me" of the house's.
CREATE TABLE plays (
    id       INTEGER PRIMARY KEY,
    set_id   INTEGER NOT NULL REFERENCES sets (id),
    artist   TEXT NOT NULL,
    title    TEXT NOT NULL,
    bpm      REAL,
    key      TEXT,
    began    TEXT NOT NULL,
    seconds  INTEGER,
    likes    INTEGER NOT NULL,
    dislikes INTEGER NOT NULL,
    clock    TEXT NOT NULL
) STRICT;

-- Phones on a stage in the five minutes before `until`. NULL: one to four.
CREATE TABLE presence (
    stage  TEXT NOT NULL,
    until  TEXT NOT NULL,
    phones INTEGER,
    active INTEGER,
    came   INTEGER,
    went   INTEGER,
    clock  TEXT NOT NULL
) STRICT;

-- What the hall was told, for how many `seconds` at most. `stage` is NULL where it was the whole event, `phones` where
-- one to four got it, `ended` while it counts.
CREATE TABLE announcements (
    id      INTEGER PRIMARY KEY,
    stage   TEXT,
    said_by TEXT NOT NULL,
    level   TEXT NOT NULL,
    text    TEXT NOT NULL,
    made    TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    phones  INTEGER,
    ended   TEXT,
    clock   TEXT NOT NULL
) STRICT;

-- Who was to play where and when, as the clock of the event's zone shows it, and how many guests starred it; NULL: one to
-- four. `booking` is what the DJ said: nobody, asked, confirmed, declined.
CREATE TABLE plan (
    id      INTEGER PRIMARY KEY,
    stage   TEXT NOT NULL,
    begins  TEXT NOT NULL,
    ends    TEXT NOT NULL,
    title   TEXT NOT NULL,
    dj      TEXT,
    booking TEXT NOT NULL,
    stars   INTEGER
) STRICT;

CREATE VIEW set_list AS
SELECT row_number() OVER (ORDER BY p.id) AS number, p.began, p.seconds, p.artist, p.title, s.dj, s.stage, p.likes, p.dislikes
FROM plays AS p JOIN sets AS s ON s.id = p.set_id ORDER BY p.id;

-- fill --

CREATE TEMP VIEW chosen AS SELECT id, name FROM box.events WHERE phase <> 'draft' ORDER BY rowid DESC LIMIT 1;

INSERT INTO stages (id, name)
SELECT number, name FROM box.stages WHERE event_id = (SELECT id FROM chosen) ORDER BY number;

CREATE TEMP TABLE set_ids AS
SELECT s.rowid AS id, s.id AS session_id FROM box.sessions AS s JOIN box.stages AS st ON st.id = s.stage_id
WHERE st.event_id = (SELECT id FROM chosen);

INSERT INTO sets (id, stage, dj, began, ended, clock)
SELECT n.id, st.name, s.dj_name, coalesce(datetime(s.started_wall_ms / 1000, 'unixepoch') || 'Z', ''),
    datetime(s.ended_wall_ms / 1000, 'unixepoch') || 'Z', s.started_trust
FROM temp.set_ids AS n JOIN box.sessions AS s ON s.id = n.session_id JOIN box.stages AS st ON st.id = s.stage_id
ORDER BY n.id;

-- A play ends where the next of its set begins, or with the set; an end that clocks make absurd is none.
INSERT INTO plays (id, set_id, artist, title, bpm, key, began, seconds, likes, dislikes, clock)
SELECT number, set_id, artist, title, bpm, key, coalesce(datetime(began_ms / 1000, 'unixepoch') || 'Z', ''),
    CASE WHEN ended_ms - began_ms BETWEEN 0 AND 7200000 THEN (ended_ms - began_ms + 500) / 1000 END, likes, dislikes,
    clock
FROM (
    SELECT p.number, n.id AS set_id, p.artist, p.title, p.bpm, p.key, p.heard_wall_ms - p.age_ms AS began_ms,
        coalesce(lead(p.heard_wall_ms - p.age_ms) OVER (PARTITION BY p.session_id ORDER BY p.number), s.ended_wall_ms)
            AS ended_ms,
        p.likes, (SELECT count(*) FROM box.dislikes AS d WHERE d.play_id = p.id AND d.counts = 1) AS dislikes,
        p.heard_trust AS clock
    FROM temp.set_ids AS n JOIN box.sessions AS s ON s.id = n.session_id JOIN box.plays AS p ON p.session_id = s.id
    WHERE p.retracted = 0
)
ORDER BY number;

INSERT INTO presence (stage, until, phones, active, came, went, clock)
SELECT st.name, coalesce(datetime(j.wall_ms / 1000, 'unixepoch') || 'Z', ''),
    iif(json_extract(j.body, '$.guests') BETWEEN 1 AND 4, NULL, json_extract(j.body, '$.guests')),
    iif(json_extract(j.body, '$.active') BETWEEN 1 AND 4, NULL, json_extract(j.body, '$.active')),
    iif(json_extract(j.body, '$.arrived') BETWEEN 1 AND 4, NULL, json_extract(j.body, '$.arrived')),
    iif(json_extract(j.body, '$.left') BETWEEN 1 AND 4, NULL, json_extract(j.body, '$.left')),
    j.trust
FROM box.journal AS j JOIN box.stages AS st ON st.id = json_extract(j.body, '$.stage')
WHERE j.kind = 'presence.counted' AND st.event_id = (SELECT id FROM chosen)
ORDER BY j.seq;

INSERT INTO announcements (id, stage, said_by, level, text, made, seconds, phones, ended, clock)
SELECT a.number, st.name, a.said_by, a.level, a.text, coalesce(datetime(a.made_wall_ms / 1000, 'unixepoch') || 'Z', ''),
    a.duration_s, iif(a.phones BETWEEN 1 AND 4, NULL, a.phones), a.ended, a.made_trust
FROM box.announcements AS a LEFT JOIN box.stages AS st ON st.id = a.stage_id
WHERE a.event_id = (SELECT id FROM chosen) ORDER BY a.number;

INSERT INTO plan (id, stage, begins, ends, title, dj, booking, stars)
SELECT number, stage, begins, ends, title, dj, booking, iif(stars BETWEEN 1 AND 4, NULL, stars)
FROM (
    SELECT s.number, st.name AS stage, s.begins, s.ends, s.title, d.name AS dj, s.booking,
        (SELECT count(*) FROM box.stars AS r WHERE r.slot_id = s.id) AS stars
    FROM box.slots AS s JOIN box.stages AS st ON st.id = s.stage_id LEFT JOIN box.djs AS d ON d.id = s.dj_id
    WHERE s.event_id = (SELECT id FROM chosen)
)
ORDER BY number;

INSERT INTO about (name, value)
SELECT 'event', name FROM chosen
UNION ALL SELECT 'first', coalesce(min(began), '') FROM sets
UNION ALL SELECT 'times', 'UTC, by the box''s clock as it was believed then'
UNION ALL SELECT 'zone', zone FROM box.events WHERE id = (SELECT id FROM chosen)
UNION ALL SELECT 'small groups', 'one to four guests are NULL';

DROP VIEW temp.chosen;
DROP TABLE temp.set_ids;
