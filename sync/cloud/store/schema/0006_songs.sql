-- Songs that organisations bring for their boxes: what there is, for which boxes, and which box has what. The bytes
-- stand in the store of songs, under names that say nothing.

CREATE TABLE songs (
    id         text    PRIMARY KEY,
    org_id     text    NOT NULL REFERENCES organisations,
    -- the file's, as boxes keep it; its ending says what is in it
    name       text    NOT NULL,
    size       bigint  NOT NULL,
    sha256     text    NOT NULL,
    -- its name in the store
    object     text    NOT NULL,
    -- for every box that the organisation has and will have; else for those in song_boxes
    is_for_all boolean NOT NULL,
    added_ms   bigint  NOT NULL,
    -- the same bytes stand once
    UNIQUE (org_id, sha256)
);
CREATE INDEX songs_added ON songs (org_id, added_ms DESC, id);
SELECT pika_guard('songs', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE song_boxes (
    org_id  text NOT NULL,
    song_id text NOT NULL REFERENCES songs ON DELETE CASCADE,
    box_id  text NOT NULL,
    PRIMARY KEY (song_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
CREATE INDEX song_boxes_box ON song_boxes (org_id, box_id);
SELECT pika_guard('song_boxes', 'SELECT, INSERT, UPDATE, DELETE');

-- What a box said of a song: `here`, `refused` with a reason, or `coming`.
CREATE TABLE song_states (
    org_id  text   NOT NULL,
    song_id text   NOT NULL REFERENCES songs ON DELETE CASCADE,
    box_id  text   NOT NULL,
    state   text   NOT NULL,
    reason  text   NOT NULL,
    -- bytes that it has of one that is coming
    came    bigint NOT NULL,
    told_ms bigint NOT NULL,
    PRIMARY KEY (song_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
CREATE INDEX song_states_box ON song_states (org_id, box_id);
SELECT pika_guard('song_states', 'SELECT, INSERT, UPDATE, DELETE');

-- Why a box fetches nothing at the moment; empty when it does.
CREATE TABLE song_pauses (
    org_id  text   NOT NULL,
    box_id  text   NOT NULL,
    reason  text   NOT NULL,
    told_ms bigint NOT NULL,
    PRIMARY KEY (org_id, box_id),
    FOREIGN KEY (org_id, box_id) REFERENCES boxes
);
SELECT pika_guard('song_pauses', 'SELECT, INSERT, UPDATE, DELETE');

-- Songs that somebody is sending; any process goes on with any of them.
CREATE TABLE song_uploads (
    id       text   PRIMARY KEY,
    org_id   text   NOT NULL REFERENCES organisations,
    -- as the sender calls it
    name     text   NOT NULL,
    size     bigint NOT NULL,
    came     bigint NOT NULL,
    object   text   NOT NULL,
    -- the store's own name for what is not whole yet
    handle   text   NOT NULL,
    begun_ms bigint NOT NULL,
    last_ms  bigint NOT NULL
);
CREATE INDEX song_uploads_org ON song_uploads (org_id, begun_ms);
SELECT pika_guard('song_uploads', 'SELECT, INSERT, UPDATE, DELETE');

CREATE TABLE song_parts (
    org_id    text   NOT NULL,
    upload_id text   NOT NULL REFERENCES song_uploads ON DELETE CASCADE,
    -- from 1
    number    bigint NOT NULL,
    -- what the store calls it
    tag       text   NOT NULL,
    PRIMARY KEY (upload_id, number)
);
SELECT pika_guard('song_parts', 'SELECT, INSERT, UPDATE, DELETE');

-- What nobody needs any more and the store still holds.
CREATE TABLE song_leftovers (
    object   text   PRIMARY KEY,
    org_id   text   NOT NULL,
    -- of an upload that was given up; empty for a song
    handle   text   NOT NULL,
    since_ms bigint NOT NULL
);
SELECT pika_guard('song_leftovers', 'SELECT, INSERT');
