-- From raw events to tables: whose turn it is, a page of entries, and what they change.

-- name: derive_enlist
-- Every box that ever sent something has its turns.
INSERT INTO derivations (org_id, box_id, version, turn)
SELECT DISTINCT h.org_id, h.box_id, 0, 0 FROM histories AS h WHERE NOT EXISTS (
    SELECT 1 FROM derivations AS d WHERE d.org_id = h.org_id AND d.box_id = h.box_id
)
ON CONFLICT DO NOTHING;

-- name: derive_next
-- The box that waited longest for its turn; it is nobody else's until the transaction ends.
SELECT d.org_id, d.box_id, d.version FROM derivations AS d
WHERE d.version <> :version OR EXISTS (
    SELECT 1 FROM histories AS h
    LEFT JOIN derived_histories AS g ON g.org_id = h.org_id AND g.box_id = h.box_id AND g.epoch = h.epoch
    WHERE h.org_id = d.org_id AND h.box_id = d.box_id AND h.seq > coalesce(g.seq, 0)
)
ORDER BY d.turn, d.box_id LIMIT 1
FOR UPDATE OF d SKIP LOCKED;

-- name: derive_next @sqlite
-- The box that waited longest for its turn; it is nobody else's until the transaction ends.
SELECT d.org_id, d.box_id, d.version FROM derivations AS d
WHERE d.version <> :version OR EXISTS (
    SELECT 1 FROM histories AS h
    LEFT JOIN derived_histories AS g ON g.org_id = h.org_id AND g.box_id = h.box_id AND g.epoch = h.epoch
    WHERE h.org_id = d.org_id AND h.box_id = d.box_id AND h.seq > coalesce(g.seq, 0)
)
ORDER BY d.turn, d.box_id LIMIT 1;

-- name: derive_wait
-- Nobody derives this box until the transaction ends.
UPDATE derivations SET turn = turn WHERE org_id = :org AND box_id = :box;

-- name: derive_turned
-- A box had its turn.
UPDATE derivations SET turn = :turn, version = :version
WHERE org_id = :org AND box_id = :box;

-- name: derive_histories
-- A box's histories in the order in which they were opened, with how far each is derived.
SELECT h.epoch, h.seq, g.seq AS derived_seq, g.number FROM histories AS h
LEFT JOIN derived_histories AS g ON g.org_id = h.org_id AND g.box_id = h.box_id AND g.epoch = h.epoch
WHERE h.org_id = :org AND h.box_id = :box
ORDER BY g.number IS NULL, g.number, h.opened_ms, h.epoch;

-- name: derive_moved
-- A history is derived up to another entry.
INSERT INTO derived_histories (org_id, box_id, epoch, number, seq) VALUES (:org, :box, :epoch, :number, :seq)
ON CONFLICT (org_id, box_id, epoch) DO UPDATE SET seq = excluded.seq;

-- name: derive_page
-- The next entries of a history.
SELECT seq, kind, v, boot, boot_ms, body FROM events
WHERE org_id = :org AND box_id = :box AND epoch = :epoch AND seq > :after AND seq <= :until ORDER BY seq LIMIT :most;

-- name: derive_known_stages
-- Which event each stage belongs to; the latest of one address comes last.
SELECT id, event_id FROM stages WHERE org_id = :org AND box_id = :box ORDER BY place;

-- name: derive_known_forgotten
-- Guests who wanted to be forgotten.
SELECT guest_id, place FROM forgotten WHERE org_id = :org AND box_id = :box;

-- name: derive_boots
-- Boots that entries are from.
INSERT INTO boots (org_id, box_id, boot, first_place, first_ms, last_ms)
SELECT :org, :box, x.boot, x.first_place, x.first_ms, x.last_ms
FROM unnest(
    :boot::text[], :first_place::bigint[], :first_ms::bigint[], :last_ms::bigint[]
) AS x (boot, first_place, first_ms, last_ms)
ON CONFLICT (org_id, box_id, boot) DO UPDATE SET 
    first_place = least(boots.first_place, excluded.first_place), first_ms = least(boots.first_ms, excluded.first_ms),
    last_ms = greatest(boots.last_ms, excluded.last_ms);

-- name: derive_boots @sqlite
-- Boots that entries are from.
INSERT INTO boots (org_id, box_id, boot, first_place, first_ms, last_ms)
VALUES (:org, :box, :boot, :first_place, :first_ms, :last_ms)
ON CONFLICT (org_id, box_id, boot) DO UPDATE SET 
    first_place = min(boots.first_place, excluded.first_place), first_ms = min(boots.first_ms, excluded.first_ms),
    last_ms = max(boots.last_ms, excluded.last_ms);

-- name: derive_anchors
-- What somebody said of the time.
INSERT INTO anchors (org_id, box_id, boot, source, boot_ms, utc_ms, error_ms, place)
SELECT :org, :box, x.boot, x.source, x.boot_ms, x.utc_ms, x.error_ms, x.place
FROM unnest(
    :boot::text[], :source::text[], :boot_ms::bigint[], :utc_ms::bigint[], :error_ms::bigint[], :place::bigint[]
) AS x (boot, source, boot_ms, utc_ms, error_ms, place)
ON CONFLICT (org_id, box_id, boot, source, boot_ms) DO NOTHING;

-- name: derive_anchors @sqlite
-- What somebody said of the time.
INSERT INTO anchors (org_id, box_id, boot, source, boot_ms, utc_ms, error_ms, place)
VALUES (:org, :box, :boot, :source, :boot_ms, :utc_ms, :error_ms, :place)
ON CONFLICT (org_id, box_id, boot, source, boot_ms) DO NOTHING;

-- name: derive_events
-- Events.
INSERT INTO venue_events (org_id, box_id, id, name, place)
SELECT :org, :box, x.id, x.name, x.place
FROM unnest(
    :id::text[], :name::text[], :place::bigint[]
) AS x (id, name, place)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET 
    name = CASE WHEN excluded.name = '' THEN venue_events.name ELSE excluded.name END;

-- name: derive_events @sqlite
-- Events.
INSERT INTO venue_events (org_id, box_id, id, name, place)
VALUES (:org, :box, :id, :name, :place)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET 
    name = CASE WHEN excluded.name = '' THEN venue_events.name ELSE excluded.name END;

-- name: derive_stages
-- Stages.
INSERT INTO stages (org_id, box_id, event_id, id, name, place)
SELECT :org, :box, x.event_id, x.id, x.name, x.place
FROM unnest(
    :event_id::text[], :id::text[], :name::text[], :place::bigint[]
) AS x (event_id, id, name, place)
ON CONFLICT (org_id, box_id, event_id, id) DO UPDATE SET name = excluded.name, place = greatest(stages.place,
    excluded.place);

-- name: derive_stages @sqlite
-- Stages.
INSERT INTO stages (org_id, box_id, event_id, id, name, place)
VALUES (:org, :box, :event_id, :id, :name, :place)
ON CONFLICT (org_id, box_id, event_id, id) DO UPDATE SET name = excluded.name, place = max(stages.place,
    excluded.place);

-- name: derive_sets
-- Sets that began, or went on.
INSERT INTO sets (org_id, box_id, id, event_id, stage_id, dj_id, dj_name, place, again_place, boot, boot_ms)
SELECT :org, :box, x.id, x.event_id, x.stage_id, x.dj_id, x.dj_name, x.place, x.again_place, x.boot, x.boot_ms
FROM unnest(
    :id::text[], :event_id::text[], :stage_id::text[], :dj_id::text[], :dj_name::text[], :place::bigint[],
    :again_place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (id, event_id, stage_id, dj_id, dj_name, place, again_place, boot, boot_ms)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET again_place = greatest(sets.again_place, excluded.again_place);

-- name: derive_sets @sqlite
-- Sets that began, or went on.
INSERT INTO sets (org_id, box_id, id, event_id, stage_id, dj_id, dj_name, place, again_place, boot, boot_ms)
VALUES (:org, :box, :id, :event_id, :stage_id, :dj_id, :dj_name, :place, :again_place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET again_place = max(sets.again_place, excluded.again_place);

-- name: derive_set_ends
-- Sets that ended; the latest end counts.
UPDATE sets AS t SET ended_place = x.place, ended_boot = x.boot, ended_ms = x.boot_ms, reason = x.reason
FROM unnest(
    :id::text[], :place::bigint[], :boot::text[], :boot_ms::bigint[], :reason::text[]
) AS x (id, place, boot, boot_ms, reason)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id AND (t.ended_place IS NULL OR t.ended_place < x.place);

-- name: derive_set_ends @sqlite
-- Sets that ended; the latest end counts.
UPDATE sets AS t SET ended_place = :place, ended_boot = :boot, ended_ms = :boot_ms, reason = :reason
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id AND (t.ended_place IS NULL OR t.ended_place < :place);

-- name: derive_plays
-- Plays; told again, one keeps its time.
INSERT INTO plays (org_id, box_id, id, event_id, stage_id, session_id, artist, title, bpm, key, source, confidence,
    place, boot, boot_ms, age_ms, track_place)
SELECT :org, :box, x.id, x.event_id, x.stage_id, x.session_id, x.artist, x.title, x.bpm, x.key, x.source,
    x.confidence, x.place, x.boot, x.boot_ms, x.age_ms, x.place
FROM unnest(
    :id::text[], :event_id::text[], :stage_id::text[], :session_id::text[], :artist::text[], :title::text[],
    :bpm::double precision[], :key::text[], :source::text[], :confidence::text[], :place::bigint[], :boot::text[],
    :boot_ms::bigint[], :age_ms::bigint[]
) AS x (id, event_id, stage_id, session_id, artist, title, bpm, key, source, confidence, place, boot, boot_ms, age_ms)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET artist = excluded.artist, title = excluded.title,
    bpm = excluded.bpm, key = excluded.key, track_place = excluded.track_place
WHERE excluded.track_place > plays.track_place;

-- name: derive_plays @sqlite
-- Plays; told again, one keeps its time.
INSERT INTO plays (org_id, box_id, id, event_id, stage_id, session_id, artist, title, bpm, key, source, confidence,
    place, boot, boot_ms, age_ms, track_place)
VALUES (:org, :box, :id, :event_id, :stage_id, :session_id, :artist, :title, :bpm, :key, :source, :confidence, :place,
    :boot, :boot_ms, :age_ms, :place)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET artist = excluded.artist, title = excluded.title,
    bpm = excluded.bpm, key = excluded.key, track_place = excluded.track_place
WHERE excluded.track_place > plays.track_place;

-- name: derive_tracks
-- More is known of plays.
UPDATE plays AS t SET artist = x.artist, title = x.title, bpm = x.bpm, key = x.key, track_place = x.place
FROM unnest(
    :id::text[], :artist::text[], :title::text[], :bpm::double precision[], :key::text[], :place::bigint[]
) AS x (id, artist, title, bpm, key, place)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id AND t.track_place < x.place;

-- name: derive_tracks @sqlite
-- More is known of plays.
UPDATE plays AS t SET artist = :artist, title = :title, bpm = :bpm, key = :key, track_place = :place
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id AND t.track_place < :place;

-- name: derive_stops
-- Plays that were stopped.
UPDATE plays AS t SET stopped_boot = x.boot, stopped_ms = x.boot_ms
FROM unnest(
    :id::text[], :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (id, place, boot, boot_ms)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id AND t.place < x.place;

-- name: derive_stops @sqlite
-- Plays that were stopped.
UPDATE plays AS t SET stopped_boot = :boot, stopped_ms = :boot_ms
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id AND t.place < :place;

-- name: derive_retractions
-- Plays that were taken back.
UPDATE plays AS t SET retracted_place = x.place
FROM unnest(
    :id::text[], :place::bigint[]
) AS x (id, place)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id AND t.retracted_place IS NULL;

-- name: derive_retractions @sqlite
-- Plays that were taken back.
UPDATE plays AS t SET retracted_place = :place
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id AND t.retracted_place IS NULL;

-- name: derive_dislikes
-- How many would rather not have heard a play of the house; the latest count.
UPDATE plays AS t SET dislikes = x.dislikes, dislikes_place = x.place
FROM unnest(
    :id::text[], :dislikes::bigint[], :place::bigint[]
) AS x (id, dislikes, place)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id
AND (t.dislikes_place IS NULL OR t.dislikes_place < x.place);

-- name: derive_dislikes @sqlite
-- How many would rather not have heard a play of the house; the latest count.
UPDATE plays AS t SET dislikes = :dislikes, dislikes_place = :place
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id
AND (t.dislikes_place IS NULL OR t.dislikes_place < :place);

-- name: derive_house_players
-- House players, and whose sets theirs are.
INSERT INTO house_players (org_id, box_id, id, dj_id, name, place)
SELECT :org, :box, x.id, x.dj_id, x.name, x.place
FROM unnest(
    :id::text[], :dj_id::text[], :name::text[], :place::bigint[]
) AS x (id, dj_id, name, place)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET dj_id = excluded.dj_id, name = excluded.name, place = excluded.place
WHERE excluded.place > house_players.place;

-- name: derive_house_players @sqlite
-- House players, and whose sets theirs are.
INSERT INTO house_players (org_id, box_id, id, dj_id, name, place)
VALUES (:org, :box, :id, :dj_id, :name, :place)
ON CONFLICT (org_id, box_id, id) DO UPDATE SET dj_id = excluded.dj_id, name = excluded.name, place = excluded.place
WHERE excluded.place > house_players.place;

-- name: derive_likes
-- Likes, given or taken back; the latest word counts.
INSERT INTO likes (org_id, box_id, play_id, guest_id, stands, place, boot, boot_ms)
SELECT :org, :box, x.play_id, x.guest_id, x.stands, x.place, x.boot, x.boot_ms
FROM unnest(
    :play_id::text[], :guest_id::text[], :stands::boolean[], :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (play_id, guest_id, stands, place, boot, boot_ms)
ON CONFLICT (org_id, box_id, play_id, guest_id) DO UPDATE SET stands = excluded.stands, place = excluded.place, boot =
    excluded.boot,
    boot_ms = excluded.boot_ms WHERE excluded.place > likes.place;

-- name: derive_likes @sqlite
-- Likes, given or taken back; the latest word counts.
INSERT INTO likes (org_id, box_id, play_id, guest_id, stands, place, boot, boot_ms)
VALUES (:org, :box, :play_id, :guest_id, :stands, :place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, play_id, guest_id) DO UPDATE SET stands = excluded.stands, place = excluded.place, boot =
    excluded.boot,
    boot_ms = excluded.boot_ms WHERE excluded.place > likes.place;

-- name: derive_presence
-- Spans of presence.
INSERT INTO presence (org_id, box_id, event_id, stage_id, boot, boot_ms, place, span_ms, minutes, guests, active,
    arrived, gone, came_from)
SELECT :org, :box, x.event_id, x.stage_id, x.boot, x.boot_ms, x.place, x.span_ms, x.minutes::jsonb, x.guests,
    x.active, x.arrived, x.gone, x.came_from::jsonb
FROM unnest(
    :event_id::text[], :stage_id::text[], :boot::text[], :boot_ms::bigint[], :place::bigint[], :span_ms::bigint[],
    :minutes::text[], :guests::bigint[], :active::bigint[], :arrived::bigint[], :gone::bigint[],
    :came_from::text[]
) AS x (event_id, stage_id, boot, boot_ms, place, span_ms, minutes, guests, active, arrived, gone, came_from)
ON CONFLICT (org_id, box_id, stage_id, boot, boot_ms) DO NOTHING;

-- name: derive_presence @sqlite
-- Spans of presence.
INSERT INTO presence (org_id, box_id, event_id, stage_id, boot, boot_ms, place, span_ms, minutes, guests, active,
    arrived, gone, came_from)
VALUES (:org, :box, :event_id, :stage_id, :boot, :boot_ms, :place, :span_ms, :minutes, :guests, :active, :arrived,
    :gone, :came_from)
ON CONFLICT (org_id, box_id, stage_id, boot, boot_ms) DO NOTHING;

-- name: derive_handovers
-- Hand-overs.
INSERT INTO handovers (org_id, box_id, stage_id, from_session, to_session, guests, stayed, place, boot, boot_ms)
SELECT :org, :box, x.stage_id, x.from_session, x.to_session, x.guests, x.stayed, x.place, x.boot, x.boot_ms
FROM unnest(
    :stage_id::text[], :from_session::text[], :to_session::text[], :guests::bigint[], :stayed::bigint[],
    :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (stage_id, from_session, to_session, guests, stayed, place, boot, boot_ms)
ON CONFLICT (org_id, box_id, to_session) DO NOTHING;

-- name: derive_handovers @sqlite
-- Hand-overs.
INSERT INTO handovers (org_id, box_id, stage_id, from_session, to_session, guests, stayed, place, boot, boot_ms)
VALUES (:org, :box, :stage_id, :from_session, :to_session, :guests, :stayed, :place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, to_session) DO NOTHING;

-- name: derive_tempo_votes
-- Tempo votes; the latest word counts.
INSERT INTO tempo_votes (org_id, box_id, play_id, guest_id, vote, place, boot, boot_ms)
SELECT :org, :box, x.play_id, x.guest_id, x.vote, x.place, x.boot, x.boot_ms
FROM unnest(
    :play_id::text[], :guest_id::text[], :vote::text[], :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (play_id, guest_id, vote, place, boot, boot_ms)
ON CONFLICT (org_id, box_id, play_id, guest_id) DO UPDATE SET vote = excluded.vote, place = excluded.place, boot =
    excluded.boot,
    boot_ms = excluded.boot_ms WHERE excluded.place > tempo_votes.place;

-- name: derive_tempo_votes @sqlite
-- Tempo votes; the latest word counts.
INSERT INTO tempo_votes (org_id, box_id, play_id, guest_id, vote, place, boot, boot_ms)
VALUES (:org, :box, :play_id, :guest_id, :vote, :place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, play_id, guest_id) DO UPDATE SET vote = excluded.vote, place = excluded.place, boot =
    excluded.boot,
    boot_ms = excluded.boot_ms WHERE excluded.place > tempo_votes.place;

-- name: derive_reactions
-- Hearts and thanks.
INSERT INTO reactions (org_id, box_id, event_id, stage_id, play_id, guest_id, kind, n, place, boot, boot_ms)
SELECT :org, :box, x.event_id, x.stage_id, x.play_id, x.guest_id, x.kind, x.n, x.place, x.boot, x.boot_ms
FROM unnest(
    :event_id::text[], :stage_id::text[], :play_id::text[], :guest_id::text[], :kind::text[], :n::bigint[],
    :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (event_id, stage_id, play_id, guest_id, kind, n, place, boot, boot_ms)
ON CONFLICT (org_id, box_id, boot, boot_ms, stage_id, guest_id, kind) DO NOTHING;

-- name: derive_reactions @sqlite
-- Hearts and thanks.
INSERT INTO reactions (org_id, box_id, event_id, stage_id, play_id, guest_id, kind, n, place, boot, boot_ms)
VALUES (:org, :box, :event_id, :stage_id, :play_id, :guest_id, :kind, :n, :place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, boot, boot_ms, stage_id, guest_id, kind) DO NOTHING;

-- name: derive_polls
-- Polls.
INSERT INTO polls (org_id, box_id, id, event_id, stage_id, question, options, place, boot, boot_ms)
SELECT :org, :box, x.id, x.event_id, x.stage_id, x.question, x.options::jsonb, x.place, x.boot, x.boot_ms
FROM unnest(
    :id::text[], :event_id::text[], :stage_id::text[], :question::text[], :options::text[], :place::bigint[],
    :boot::text[], :boot_ms::bigint[]
) AS x (id, event_id, stage_id, question, options, place, boot, boot_ms)
ON CONFLICT (org_id, box_id, id) DO NOTHING;

-- name: derive_polls @sqlite
-- Polls.
INSERT INTO polls (org_id, box_id, id, event_id, stage_id, question, options, place, boot, boot_ms)
VALUES (:org, :box, :id, :event_id, :stage_id, :question, :options, :place, :boot, :boot_ms)
ON CONFLICT (org_id, box_id, id) DO NOTHING;

-- name: derive_poll_votes
-- Votes in polls; the latest word counts.
INSERT INTO poll_votes (org_id, box_id, poll_id, guest_id, choice, place)
SELECT :org, :box, x.poll_id, x.guest_id, x.choice, x.place
FROM unnest(
    :poll_id::text[], :guest_id::text[], :choice::bigint[], :place::bigint[]
) AS x (poll_id, guest_id, choice, place)
ON CONFLICT (org_id, box_id, poll_id, guest_id) DO UPDATE SET choice = excluded.choice, place = excluded.place
WHERE excluded.place > poll_votes.place;

-- name: derive_poll_votes @sqlite
-- Votes in polls; the latest word counts.
INSERT INTO poll_votes (org_id, box_id, poll_id, guest_id, choice, place)
VALUES (:org, :box, :poll_id, :guest_id, :choice, :place)
ON CONFLICT (org_id, box_id, poll_id, guest_id) DO UPDATE SET choice = excluded.choice, place = excluded.place
WHERE excluded.place > poll_votes.place;

-- name: derive_poll_ends
-- Polls that were closed.
UPDATE polls AS t SET counts = x.counts::jsonb, closed_place = x.place, closed_boot = x.boot, closed_ms = x.boot_ms
FROM unnest(
    :id::text[], :counts::text[], :place::bigint[], :boot::text[], :boot_ms::bigint[]
) AS x (id, counts, place, boot, boot_ms)
WHERE t.org_id = :org AND t.box_id = :box AND t.id = x.id AND (t.closed_place IS NULL OR t.closed_place < x.place);

-- name: derive_poll_ends @sqlite
-- Polls that were closed.
UPDATE polls AS t SET counts = :counts, closed_place = :place, closed_boot = :boot, closed_ms = :boot_ms
WHERE t.org_id = :org AND t.box_id = :box AND t.id = :id AND (t.closed_place IS NULL OR t.closed_place < :place);

-- name: derive_skipped
-- Entries that could not be used.
INSERT INTO skipped (org_id, box_id, kind, code, n)
SELECT :org, :box, x.kind, x.code, x.n
FROM unnest(
    :kind::text[], :code::text[], :n::bigint[]
) AS x (kind, code, n)
ON CONFLICT (org_id, box_id, kind, code) DO UPDATE SET n = skipped.n + excluded.n;

-- name: derive_skipped @sqlite
-- Entries that could not be used.
INSERT INTO skipped (org_id, box_id, kind, code, n)
VALUES (:org, :box, :kind, :code, :n)
ON CONFLICT (org_id, box_id, kind, code) DO UPDATE SET n = skipped.n + excluded.n;

-- name: derive_adopt_sets
-- Sets that were told before their stage was.
UPDATE sets SET event_id = :event WHERE org_id = :org AND box_id = :box AND stage_id = :stage AND event_id IS NULL;

-- name: derive_adopt_plays
-- Plays that were told before their stage was.
UPDATE plays SET event_id = :event WHERE org_id = :org AND box_id = :box AND stage_id = :stage AND event_id IS NULL;

-- name: derive_anchors_of
-- Every anchor of some boots (a JSON array).
SELECT boot, source, boot_ms, utc_ms, error_ms, place FROM anchors
WHERE org_id = :org AND box_id = :box AND boot IN (SELECT jsonb_array_elements_text(:boots::jsonb));

-- name: derive_anchors_of @sqlite
-- Every anchor of some boots (a JSON array).
SELECT boot, source, boot_ms, utc_ms, error_ms, place FROM anchors
WHERE org_id = :org AND box_id = :box AND boot IN (SELECT value FROM json_each(:boots));

-- name: derive_believe
-- A boot goes by an anchor; nothing changes where it does already.
UPDATE boots SET anchor_ms = :anchor_ms, utc_ms = :utc_ms, error_ms = :error_ms, source = :source
WHERE org_id = :org AND box_id = :box AND boot = :boot
    AND (utc_ms IS NULL OR utc_ms - anchor_ms <> :utc_ms::bigint - :anchor_ms::bigint OR error_ms <> :error_ms OR
    source <> :source);

-- name: derive_believe @sqlite
-- A boot goes by an anchor; nothing changes where it does already.
UPDATE boots SET anchor_ms = :anchor_ms, utc_ms = :utc_ms, error_ms = :error_ms, source = :source
WHERE org_id = :org AND box_id = :box AND boot = :boot
    AND (utc_ms IS NULL OR utc_ms - anchor_ms <> :utc_ms - :anchor_ms OR error_ms <> :error_ms OR source <> :source);

-- name: derive_touch_boot
-- A boot moved in time, and with it these events.
UPDATE venue_events SET revision = revision + 1 WHERE org_id = :org AND box_id = :box AND id IN (
    SELECT p.event_id FROM plays AS p WHERE p.org_id = :org AND p.box_id = :box AND p.boot = :boot
    UNION SELECT s.event_id FROM sets AS s WHERE s.org_id = :org AND s.box_id = :box AND s.boot = :boot
    UNION SELECT q.event_id FROM presence AS q WHERE q.org_id = :org AND q.box_id = :box AND q.boot = :boot
);

-- name: derive_touch
-- Something new is known of these events, or of the events of these plays and polls (JSON arrays).
UPDATE venue_events SET revision = revision + 1 WHERE org_id = :org AND box_id = :box AND id IN (
    SELECT jsonb_array_elements_text(:events::jsonb)
    UNION SELECT p.event_id FROM plays AS p WHERE p.org_id = :org AND p.box_id = :box AND p.id IN (
        SELECT jsonb_array_elements_text(:plays::jsonb)
    )
    UNION SELECT q.event_id FROM polls AS q WHERE q.org_id = :org AND q.box_id = :box AND q.id IN (
        SELECT jsonb_array_elements_text(:polls::jsonb)
    )
);

-- name: derive_touch @sqlite
-- Something new is known of these events, or of the events of these plays and polls (JSON arrays).
UPDATE venue_events SET revision = revision + 1 WHERE org_id = :org AND box_id = :box AND id IN (
    SELECT value FROM json_each(:events)
    UNION SELECT p.event_id FROM plays AS p WHERE p.org_id = :org AND p.box_id = :box AND p.id IN (
        SELECT value FROM json_each(:plays)
    )
    UNION SELECT q.event_id FROM polls AS q WHERE q.org_id = :org AND q.box_id = :box AND q.id IN (
        SELECT value FROM json_each(:polls)
    )
);

-- name: forget_touches
-- Whoever has read a night of this box reads it again: it had more in it.
UPDATE venue_events SET revision = revision + 1 WHERE org_id = :org AND box_id = :box;

-- name: forget_guest
-- A guest wants to be forgotten.
INSERT INTO forgotten (org_id, box_id, guest_id, place) VALUES (:org, :box, :guest, :place) ON CONFLICT DO NOTHING;

-- name: forget_likes
-- What a guest said who wants to be forgotten.
DELETE FROM likes WHERE org_id = :org AND box_id = :box AND guest_id = :guest;

-- name: forget_tempo_votes
-- What a guest said who wants to be forgotten.
DELETE FROM tempo_votes WHERE org_id = :org AND box_id = :box AND guest_id = :guest;

-- name: forget_reactions
-- What a guest said who wants to be forgotten.
DELETE FROM reactions WHERE org_id = :org AND box_id = :box AND guest_id = :guest;

-- name: forget_poll_votes
-- What a guest said who wants to be forgotten.
DELETE FROM poll_votes WHERE org_id = :org AND box_id = :box AND guest_id = :guest;

-- name: forget_raw
-- The same in the raw events: each keeps its place, so that a gap still tells of a loss, and says nothing more. Links
-- are for whoever reads those.
UPDATE events SET kind = 'erased', body = '{}'
WHERE org_id = :org AND box_id = :box AND body ->> 'guest' = :guest AND kind NOT IN ('guest.forgotten', 'claim.made');

-- name: underive_derived_histories
-- For deriving a box anew.
DELETE FROM derived_histories WHERE org_id = :org AND box_id = :box;

-- name: underive_skipped
-- For deriving a box anew.
DELETE FROM skipped WHERE org_id = :org AND box_id = :box;

-- name: underive_boots
-- For deriving a box anew.
DELETE FROM boots WHERE org_id = :org AND box_id = :box;

-- name: underive_anchors
-- For deriving a box anew.
DELETE FROM anchors WHERE org_id = :org AND box_id = :box;

-- name: underive_venue_events
-- For deriving a box anew.
DELETE FROM venue_events WHERE org_id = :org AND box_id = :box;

-- name: underive_stages
-- For deriving a box anew.
DELETE FROM stages WHERE org_id = :org AND box_id = :box;

-- name: underive_sets
-- For deriving a box anew.
DELETE FROM sets WHERE org_id = :org AND box_id = :box;

-- name: underive_plays
-- For deriving a box anew.
DELETE FROM plays WHERE org_id = :org AND box_id = :box;

-- name: underive_likes
-- For deriving a box anew.
DELETE FROM likes WHERE org_id = :org AND box_id = :box;

-- name: underive_presence
-- For deriving a box anew.
DELETE FROM presence WHERE org_id = :org AND box_id = :box;

-- name: underive_handovers
-- For deriving a box anew.
DELETE FROM handovers WHERE org_id = :org AND box_id = :box;

-- name: underive_tempo_votes
-- For deriving a box anew.
DELETE FROM tempo_votes WHERE org_id = :org AND box_id = :box;

-- name: underive_reactions
-- For deriving a box anew.
DELETE FROM reactions WHERE org_id = :org AND box_id = :box;

-- name: underive_polls
-- For deriving a box anew.
DELETE FROM polls WHERE org_id = :org AND box_id = :box;

-- name: underive_house_players
-- For deriving a box anew.
DELETE FROM house_players WHERE org_id = :org AND box_id = :box;

-- name: underive_poll_votes
-- For deriving a box anew.
DELETE FROM poll_votes WHERE org_id = :org AND box_id = :box;

-- name: night_event
-- An event on a box.
SELECT org_id, name, revision FROM venue_events WHERE box_id = :box AND id = :event;

-- name: night_boots
-- All boots of a box.
SELECT boot, first_place, first_ms, last_ms, anchor_ms, utc_ms, error_ms FROM boots WHERE org_id = :org AND box_id =
    :box;

-- name: night_stages
-- An event's stages.
SELECT id, name FROM stages WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: night_sets
-- An event's sets.
SELECT * FROM sets WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: night_house_players
-- Whose sets are those of the box's house players.
SELECT dj_id, name FROM house_players WHERE org_id = :org AND box_id = :box;

-- name: night_plays
-- An event's plays, without those that were taken back.
SELECT * FROM plays WHERE org_id = :org AND box_id = :box AND event_id = :event AND retracted_place IS NULL ORDER BY
    place;

-- name: night_likes
-- Likes that stand, of plays that were not taken back.
SELECT l.play_id, l.guest_id, l.place, l.boot, l.boot_ms FROM likes AS l
WHERE l.org_id = :org AND l.box_id = :box AND l.stands AND l.play_id = ANY (ARRAY(
    SELECT p.id FROM plays AS p
    WHERE p.org_id = :org AND p.box_id = :box AND p.event_id = :event AND p.retracted_place IS NULL
)) ORDER BY l.place;

-- name: night_likes @sqlite
-- Likes that stand, of plays that were not taken back.
SELECT l.play_id, l.guest_id, l.place, l.boot, l.boot_ms FROM likes AS l
WHERE l.org_id = :org AND l.box_id = :box AND l.stands AND l.play_id IN (
    SELECT p.id FROM plays AS p
    WHERE p.org_id = :org AND p.box_id = :box AND p.event_id = :event AND p.retracted_place IS NULL
) ORDER BY l.place;

-- name: night_tempo_votes
-- Tempo votes that stand, of plays that were not taken back.
SELECT l.play_id, l.guest_id, l.place, l.boot, l.boot_ms, l.vote FROM tempo_votes AS l
WHERE l.org_id = :org AND l.box_id = :box AND l.vote <> 'none' AND l.play_id = ANY (ARRAY(
    SELECT p.id FROM plays AS p
    WHERE p.org_id = :org AND p.box_id = :box AND p.event_id = :event AND p.retracted_place IS NULL
)) ORDER BY l.place;

-- name: night_tempo_votes @sqlite
-- Tempo votes that stand, of plays that were not taken back.
SELECT l.play_id, l.guest_id, l.place, l.boot, l.boot_ms, l.vote FROM tempo_votes AS l
WHERE l.org_id = :org AND l.box_id = :box AND l.vote <> 'none' AND l.play_id IN (
    SELECT p.id FROM plays AS p
    WHERE p.org_id = :org AND p.box_id = :box AND p.event_id = :event AND p.retracted_place IS NULL
) ORDER BY l.place;

-- name: night_presence
-- An event's presence.
SELECT * FROM presence WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: night_handovers
-- An event's hand-overs.
SELECT h.* FROM handovers AS h
JOIN sets AS s ON s.org_id = h.org_id AND s.box_id = h.box_id AND s.id = h.to_session
WHERE s.org_id = :org AND s.box_id = :box AND s.event_id = :event ORDER BY h.place;

-- name: night_reactions
-- An event's reactions.
SELECT * FROM reactions WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: night_polls
-- An event's polls.
SELECT * FROM polls WHERE org_id = :org AND box_id = :box AND event_id = :event ORDER BY place;

-- name: night_poll_votes
-- How often each option was chosen, where the box did not say.
SELECT v.poll_id, v.choice, count(*) AS n FROM poll_votes AS v
JOIN polls AS q ON q.org_id = v.org_id AND q.box_id = v.box_id AND q.id = v.poll_id
WHERE q.org_id = :org AND q.box_id = :box AND q.event_id = :event AND v.choice IS NOT NULL GROUP BY v.poll_id,
    v.choice;

-- name: nights
-- Every night of an organisation, the latest first.
SELECT box_id, box, event_id, event, revision, began_ms, ended_ms, sets, plays, likes, most_guests FROM report_nights
WHERE org_id = :org ORDER BY began_ms IS NULL, began_ms DESC, place DESC;

-- name: true_time
-- The anchor that a boot goes by.
SELECT anchor_ms, utc_ms, error_ms FROM boots WHERE org_id = :org AND box_id = :box AND boot = :boot;
