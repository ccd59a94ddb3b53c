-- What house players played, and how many would rather not have heard it.

-- Players of a box: a set of this DJ is the house's.
CREATE TABLE house_players (
    org_id text   NOT NULL,
    box_id text   NOT NULL,
    id     text   NOT NULL,
    dj_id  text   NOT NULL,
    name   text   NOT NULL,
    place  bigint NOT NULL,
    PRIMARY KEY (org_id, box_id, id)
);
SELECT pika_guard('house_players');

-- How many said "not for me" when that was counted last; NULL: never counted, as for what DJs play.
ALTER TABLE plays ADD COLUMN dislikes bigint;
ALTER TABLE plays ADD COLUMN dislikes_place bigint;

CREATE VIEW report_house WITH (security_invoker = true) AS
SELECT l.org_id, l.box_id, l.event_id, l.event, l.stage_id, h.name AS player, l.play_id, l.artist, l.title,
    l.began_ms, l.ended_ms, l.likes, coalesce(p.dislikes, 0) AS dislikes, l.listeners
FROM report_plays AS l
JOIN plays AS p ON p.org_id = l.org_id AND p.box_id = l.box_id AND p.id = l.play_id
JOIN sets AS s ON s.org_id = p.org_id AND s.box_id = p.box_id AND s.id = p.session_id
JOIN house_players AS h ON h.org_id = s.org_id AND h.box_id = s.box_id AND h.dj_id = s.dj_id;
COMMENT ON VIEW report_house IS
    'What house players played: likes that still stand, and how many said that it was not for them.';
GRANT SELECT ON report_house TO pika_tenant, pika_service;
