-- The whole database as it is now: the readable truth. `migrations/` leads here step by step, and a test builds both
-- and compares. Times in `*_ms` are milliseconds; order is always a sequence, never a time.

-- Facts about this box: its id, the journal's epoch, keys for cookies, the setup code's digest.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- A happening with dates. `guest_key` makes the ids of its guests out of phones' secrets, which are nowhere.
CREATE TABLE events (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    guest_key BLOB NOT NULL,
    phase     TEXT NOT NULL DEFAULT 'published',   -- draft, published, ended
    zone      TEXT NOT NULL DEFAULT 'UTC',         -- of its times, as the IANA database names it
    starts_ms INTEGER,
    ends_ms   INTEGER,
    capacity  INTEGER,
    accent    TEXT,                                -- #rrggbb; NULL: the box's own
    logo      TEXT                                 -- the name of its picture's file; NULL: none
) STRICT;

-- An event's picture, in here so that backups have it.
CREATE TABLE logos (
    event_id   TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    media_type TEXT NOT NULL,
    content    BLOB NOT NULL
) STRICT;

-- A place with music; outlives every DJ.
CREATE TABLE stages (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    event_id TEXT NOT NULL REFERENCES events (id),
    name     TEXT NOT NULL,
    doors    TEXT NOT NULL DEFAULT 'open',         -- open, paused, closed
    capacity INTEGER,
    place    INTEGER NOT NULL DEFAULT 0            -- its order within the event
) STRICT;

CREATE INDEX stages_of_event ON stages (event_id, place);

-- Someone who plays. `name_key` folds letter case, so that "DJ Anna" is one person.
CREATE TABLE djs (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
) STRICT;

-- Who may play at which event.
CREATE TABLE assignments (
    event_id TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, dj_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX assignments_of_dj ON assignments (dj_id);

-- A key for one of a DJ's devices; the token itself is nowhere.
CREATE TABLE dj_tokens (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    dj_id      TEXT NOT NULL REFERENCES djs (id),
    name       TEXT NOT NULL UNIQUE,   -- username at the broker
    digest     TEXT NOT NULL UNIQUE,   -- SHA-256 of the token
    verifier   TEXT NOT NULL,          -- the broker's own password hash
    created_ms INTEGER NOT NULL,
    revoked_ms INTEGER,
    device     TEXT NOT NULL DEFAULT '',
    used_up_ms INTEGER,                -- the box's up-time when it was made or last noted to be used
    used_ms    INTEGER
) STRICT;

-- An identity: artist and title. `*_key` fold case and width, so that the same song is one track.
CREATE TABLE tracks (
    id         INTEGER PRIMARY KEY,
    artist     TEXT NOT NULL,
    title      TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    title_key  TEXT NOT NULL,
    UNIQUE (artist_key, title_key)
) STRICT;

-- One DJ's set on a stage.
CREATE TABLE sessions (
    id              TEXT PRIMARY KEY,
    stage_id        TEXT NOT NULL REFERENCES stages (id),
    dj_id           TEXT NOT NULL REFERENCES djs (id),
    dj_name         TEXT NOT NULL,
    started_boot    TEXT NOT NULL,
    started_boot_ms INTEGER NOT NULL,
    started_wall_ms INTEGER NOT NULL,
    started_trust   TEXT NOT NULL,
    seen_boot       TEXT NOT NULL,
    seen_boot_ms    INTEGER NOT NULL,
    seen_wall_ms    INTEGER NOT NULL,
    seen_trust      TEXT NOT NULL,
    current_play_id TEXT,
    ended           TEXT,              -- why it is over; NULL while it runs
    ended_wall_ms   INTEGER,
    ended_boot      TEXT,              -- NULL where an earlier version of the box saw the end
    ended_boot_ms   INTEGER,
    ended_trust     TEXT,
    away            INTEGER NOT NULL DEFAULT 0,  -- 1: its DJ has been silent for long
    lock_id         TEXT               -- what its PIN opens; NULL when everybody may see it
) STRICT;

-- At most one session runs on a stage.
CREATE UNIQUE INDEX sessions_running ON sessions (stage_id) WHERE ended IS NULL;
CREATE INDEX sessions_of_dj ON sessions (dj_id) WHERE ended IS NULL;

-- A running set's DJ lets another one go on.
CREATE TABLE offers (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    to_dj_id     TEXT REFERENCES djs (id) ON DELETE CASCADE,       -- NULL: whoever comes next
    made_boot    TEXT NOT NULL,
    made_boot_ms INTEGER NOT NULL,
    made_wall_ms INTEGER NOT NULL,
    made_trust   TEXT NOT NULL
) STRICT;

-- What a DJ leaves for the next one on the stage: until it is read, or for a night.
CREATE TABLE notes (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    dj_id        TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    dj_name      TEXT NOT NULL,
    text         TEXT NOT NULL,
    left_boot    TEXT NOT NULL,
    left_boot_ms INTEGER NOT NULL,
    left_wall_ms INTEGER NOT NULL,
    left_trust   TEXT NOT NULL
) STRICT;

CREATE INDEX notes_of_stage ON notes (stage_id);

-- What a PIN opens; sets that were handed over share it. The PIN itself is nowhere.
CREATE TABLE locks (
    id     TEXT PRIMARY KEY,
    digest TEXT NOT NULL                         -- HMAC with the box's key
) STRICT;

-- Wrong PINs: of a guest, and under '' those of all strangers together. By up-time, so that no reboot shortens a wait.
CREATE TABLE lock_tries (
    lock_id    TEXT NOT NULL REFERENCES locks (id) ON DELETE CASCADE,
    who        TEXT NOT NULL,
    failures   INTEGER NOT NULL,
    last_up_ms INTEGER NOT NULL,
    PRIMARY KEY (lock_id, who)
) STRICT, WITHOUT ROWID;

CREATE INDEX lock_tries_of_guest ON lock_tries (who);

-- How alive a floor was, minute by minute of a set. Numbers only.
CREATE TABLE floor_minutes (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,                 -- minutes of up-time over all boots
    guests     INTEGER NOT NULL,
    likes      INTEGER NOT NULL,
    reactions  INTEGER NOT NULL,
    perfect    INTEGER NOT NULL,
    other      INTEGER NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX floor_minutes_by_number ON floor_minutes (number);

-- One track heard in one session, with what the DJ's program said of it then.
CREATE TABLE plays (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    session_id    TEXT NOT NULL REFERENCES sessions (id),
    stage_id      TEXT NOT NULL REFERENCES stages (id),
    track_id      INTEGER NOT NULL REFERENCES tracks (id),
    artist        TEXT NOT NULL,
    title         TEXT NOT NULL,
    bpm           REAL,
    key           TEXT,
    energy        REAL,
    danceability  REAL,
    brightness    REAL,
    acousticness  REAL,
    groove        REAL,
    heard_boot    TEXT NOT NULL,
    heard_boot_ms INTEGER NOT NULL,
    heard_wall_ms INTEGER NOT NULL,
    heard_trust   TEXT NOT NULL,
    age_ms        INTEGER NOT NULL,
    likes         INTEGER NOT NULL DEFAULT 0,
    retracted     INTEGER NOT NULL DEFAULT 0,  -- 1: the DJ took it back; kept so that it can't come again
    bpm_origin    TEXT,                        -- who says the tempo: dj, source, database, tags, library
    key_origin    TEXT,
    tempo_slower  INTEGER NOT NULL DEFAULT 0,
    tempo_perfect INTEGER NOT NULL DEFAULT 0,
    tempo_faster  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX plays_of_session ON plays (session_id, number);
CREATE INDEX plays_of_stage ON plays (stage_id, number);
CREATE INDEX plays_of_track ON plays (track_id, number);

-- One like per guest and play. `counts` is 0 for the words of guests whom nobody has seen: they are kept, and in no sum
-- that people are shown. So it is with everything that guests say.
CREATE TABLE likes (
    play_id  TEXT NOT NULL REFERENCES plays (id),
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    counts   INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX likes_of_guest ON likes (guest_id, at_ms);

-- A guest's last word on the tempo of a play.
CREATE TABLE tempo_votes (
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    vote     TEXT NOT NULL,              -- slower, perfect, faster
    counts   INTEGER NOT NULL,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tempo_votes_of_guest ON tempo_votes (guest_id);

-- One tap for the DJ; the id is the phone's own, so that it arrives once.
CREATE TABLE reactions (
    guest_id   TEXT NOT NULL,
    id         TEXT NOT NULL,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    play_id    TEXT,
    kind       TEXT NOT NULL,
    counts     INTEGER NOT NULL,
    PRIMARY KEY (guest_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX reactions_of_session ON reactions (session_id, kind);

-- A question to everybody on a stage; without a session it is the organisers'.
CREATE TABLE polls (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    stage_id       TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    session_id     TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    question       TEXT NOT NULL,
    opened_boot    TEXT NOT NULL,
    opened_boot_ms INTEGER NOT NULL,
    opened_wall_ms INTEGER NOT NULL,
    opened_trust   TEXT NOT NULL,
    lasts_s        INTEGER,           -- NULL: until somebody ends it
    end_reason     TEXT,              -- why it is over; NULL while it runs
    ended_boot     TEXT,
    ended_boot_ms  INTEGER,
    ended_wall_ms  INTEGER,
    ended_trust    TEXT
) STRICT;

-- At most one poll runs on a stage.
CREATE UNIQUE INDEX polls_running ON polls (stage_id) WHERE end_reason IS NULL;
CREATE INDEX polls_of_stage ON polls (stage_id, number);
CREATE INDEX polls_of_session ON polls (session_id, number);

-- What can be answered, with the votes that count.
CREATE TABLE poll_options (
    poll_id TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    place   INTEGER NOT NULL,
    text    TEXT NOT NULL,
    votes   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (poll_id, place)
) STRICT, WITHOUT ROWID;

-- A guest's last answer.
CREATE TABLE poll_votes (
    poll_id  TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    place    INTEGER NOT NULL,
    counts   INTEGER NOT NULL,
    PRIMARY KEY (poll_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX poll_votes_of_guest ON poll_votes (guest_id);

-- What does not count is looked for at a start, and is little in an honest hall.
CREATE INDEX likes_raw ON likes (guest_id) WHERE counts = 0;
CREATE INDEX tempo_votes_raw ON tempo_votes (guest_id) WHERE counts = 0;
CREATE INDEX reactions_raw ON reactions (guest_id) WHERE counts = 0;
CREATE INDEX poll_votes_raw ON poll_votes (guest_id) WHERE counts = 0;

-- What happened, in order: written in the transaction that made it true, carried to the cloud later, deleted only at
-- or below an acknowledged sequence. AUTOINCREMENT: a sequence is never used twice.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    v       INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    boot_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    trust   TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;

-- How far the history of each DJ's link is durable here: moves in the transaction that stores what the entries say.
CREATE TABLE link_cursors (
    dj_id  TEXT NOT NULL,
    source TEXT NOT NULL,              -- the installation on one laptop
    epoch  TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    chain  TEXT NOT NULL,
    PRIMARY KEY (dj_id, source, epoch)
) STRICT, WITHOUT ROWID;

-- What the hall is told. A DJ's belongs to a set, an organiser's does not.
CREATE TABLE announcements (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,  -- phones know what they read by it
    id            TEXT NOT NULL UNIQUE,
    event_id      TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    stage_id      TEXT REFERENCES stages (id) ON DELETE CASCADE,        -- NULL: every stage of the event
    session_id    TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    author        TEXT NOT NULL,                      -- who made it: not shown to dancers
    said_by       TEXT NOT NULL,                      -- who says it, as dancers read it
    text          TEXT NOT NULL,
    level         TEXT NOT NULL,
    duration_s    INTEGER NOT NULL,
    made_boot     TEXT NOT NULL,
    made_boot_ms  INTEGER NOT NULL,
    made_wall_ms  INTEGER NOT NULL,
    made_trust    TEXT NOT NULL,
    intent_seq    INTEGER NOT NULL,                   -- the journal's row with its notification
    phones        INTEGER NOT NULL DEFAULT 0,         -- that got it; nobody knows which
    ended         TEXT,                               -- why it counts no longer; NULL while it does
    ended_wall_ms INTEGER
) STRICT;

CREATE INDEX announcements_running ON announcements (number) WHERE ended IS NULL;
CREATE INDEX announcements_of_event ON announcements (event_id, number);
CREATE INDEX announcements_of_session ON announcements (session_id, number) WHERE session_id IS NOT NULL;
CREATE INDEX announcements_of_author ON announcements (author, number);

-- Phones whose owner said yes at the captive portal. `client` is a digest under the night's salt, which is in `meta`;
-- no address is kept.
CREATE TABLE releases (
    client          TEXT PRIMARY KEY,
    granted_boot    TEXT NOT NULL,
    granted_boot_ms INTEGER NOT NULL,
    granted_wall_ms INTEGER NOT NULL,
    granted_trust   TEXT NOT NULL
) STRICT;

-- Somebody with an e-mail and a password. `email_key` folds case and width; neither ever leaves the box.
CREATE TABLE accounts (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    role            TEXT NOT NULL,         -- dancer, dj, organiser, admin
    state           TEXT NOT NULL,         -- waiting, active, disabled
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE,
    password        TEXT,                  -- argon2id; NULL until somebody has chosen one
    dj_id           TEXT UNIQUE,           -- the DJ that this account is
    created_boot    TEXT NOT NULL,
    created_boot_ms INTEGER NOT NULL,
    created_wall_ms INTEGER NOT NULL,
    created_trust   TEXT NOT NULL,
    name_key        TEXT NOT NULL DEFAULT ''   -- folds case and width, for looking people up
) STRICT;

-- Browsers and programs that people are logged in with. Times are the box's up-time over all its boots.
CREATE TABLE logins (
    digest      TEXT PRIMARY KEY,          -- SHA-256 of what the cookie holds
    account_id  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    began_up_ms INTEGER NOT NULL,
    seen_up_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logins_of_account ON logins (account_id, seen_up_ms);

-- One-time codes with which somebody chooses a new password; one for an account.
CREATE TABLE account_codes (
    account_id  TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    digest      TEXT NOT NULL UNIQUE,      -- SHA-256 of the code
    until_up_ms INTEGER NOT NULL           -- the box's up-time after which it does not count
) STRICT, WITHOUT ROWID;

-- Guests whose words are kept and shown to themselves, and count in no sum. A guest's id is of one event.
CREATE TABLE shadow_bans (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id       TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    guest_id       TEXT NOT NULL,
    why            TEXT NOT NULL,
    by_kind        TEXT NOT NULL,          -- as in the trail
    by_id          TEXT NOT NULL,
    since_boot     TEXT NOT NULL,
    since_boot_ms  INTEGER NOT NULL,
    since_wall_ms  INTEGER NOT NULL,
    since_trust    TEXT NOT NULL,
    lifted_boot    TEXT,                   -- NULL while it is in force
    lifted_boot_ms INTEGER,
    lifted_wall_ms INTEGER,
    lifted_trust   TEXT
) STRICT;

CREATE UNIQUE INDEX shadow_bans_in_force ON shadow_bans (guest_id) WHERE lifted_boot IS NULL;
CREATE INDEX shadow_bans_of_event ON shadow_bans (event_id, number);

-- Which organisers an event belongs to; an admin may run every event without being here.
CREATE TABLE event_owners (
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_of_owner ON event_owners (account_id);

-- Every act that needs a right, in the transaction of the act. No statement changes a row or takes one out.
CREATE TABLE audit (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    act        TEXT NOT NULL,
    on_id      TEXT NOT NULL,
    on_name    TEXT NOT NULL,
    event_id   TEXT,
    detail     TEXT NOT NULL,
    by_kind    TEXT NOT NULL,              -- staff, account, dj, terminal, box
    by_id      TEXT NOT NULL,
    at_boot    TEXT NOT NULL,
    at_boot_ms INTEGER NOT NULL,
    at_wall_ms INTEGER NOT NULL,
    at_trust   TEXT NOT NULL
) STRICT;

-- An event's plan counts its changes.
CREATE TABLE plans (
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    version  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is to play where and when. Times are what the clock of the event's zone shows, such as 2026-10-25T02:30; `*_again`
-- is 1 for the second of the two moments at which it shows that.
CREATE TABLE slots (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    begins       TEXT NOT NULL,
    begins_again INTEGER NOT NULL,
    ends         TEXT NOT NULL,
    ends_again   INTEGER NOT NULL,
    dj_id        TEXT REFERENCES djs (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    booking      TEXT NOT NULL,            -- what the DJ says: nobody, asked, confirmed, declined
    word         TEXT NOT NULL,
    version      INTEGER NOT NULL
) STRICT;

CREATE INDEX slots_of_event ON slots (event_id, begins);
CREATE INDEX slots_of_stage ON slots (stage_id, begins);
CREATE INDEX slots_of_dj ON slots (dj_id, begins);

-- Slots that guests want to be at.
CREATE TABLE stars (
    slot_id  TEXT NOT NULL REFERENCES slots (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (slot_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX stars_of_guest ON stars (guest_id);

-- What the DJ of a running session said of its end: after so many more songs, or so long after `said`.
CREATE TABLE closings (
    session_id   TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    stage_id     TEXT NOT NULL,
    said_boot    TEXT NOT NULL,
    said_boot_ms INTEGER NOT NULL,
    said_wall_ms INTEGER NOT NULL,
    said_trust   TEXT NOT NULL,
    songs        INTEGER,
    within_ms    INTEGER,
    counted      TEXT NOT NULL,            -- the play that counted down last
    over         INTEGER NOT NULL          -- 1: the DJ played on
) STRICT;

-- One sound that the box has as a file, or knows of: a DJ's laptop told what it sounds like. NULL is not known.
CREATE TABLE library_tracks (
    id            TEXT PRIMARY KEY,
    file_hash     TEXT NOT NULL UNIQUE,    -- SHA-256: a moved file is the same one
    of_group      TEXT NOT NULL,           -- the id of the first track that is the same recording
    artist        TEXT NOT NULL,
    title         TEXT NOT NULL,
    album         TEXT NOT NULL,
    genre         TEXT NOT NULL,
    explicit      INTEGER,
    searched      TEXT NOT NULL,           -- title, artist, album and genre without case and accents
    version       INTEGER NOT NULL,        -- of the rules by which somebody listened
    duration_ms   INTEGER NOT NULL,
    sound_from_ms INTEGER,
    sound_till_ms INTEGER,
    bpm           REAL,
    bpm_sure      REAL,
    bpm_steady    REAL,
    bpm_others    TEXT,                    -- a list in JSON, as are gaps and embedding
    first_beat_ms INTEGER,
    tonic         INTEGER,                 -- 0 is C
    is_minor      INTEGER,
    key_sure      REAL,
    tuning_cents  INTEGER,
    key           TEXT,                    -- follows from tonic and is_minor, as does camelot
    camelot       TEXT,
    lufs          REAL,
    energy        INTEGER,
    danceability  INTEGER,
    brightness    INTEGER,
    acousticness  INTEGER,
    groove        INTEGER,
    swing         REAL,
    embedding     TEXT,
    fingerprint   BLOB,
    gaps          TEXT NOT NULL,
    heard_boot    TEXT NOT NULL,
    heard_boot_ms INTEGER NOT NULL,
    heard_wall_ms INTEGER NOT NULL,
    heard_trust   TEXT NOT NULL,
    shape         BLOB,                    -- how loud each part is, a byte each
    course        TEXT                     -- tempo along the way: pairs of milliseconds and beats a minute, in JSON
) STRICT;

CREATE INDEX library_tracks_of_group ON library_tracks (of_group);
CREATE INDEX library_tracks_by_length ON library_tracks (duration_ms);

-- One file in one place; its path is the system's own bytes.
CREATE TABLE library_files (
    path        BLOB PRIMARY KEY,
    root        TEXT NOT NULL,             -- the folder or stick in which it was found
    size        INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    track_id    TEXT REFERENCES library_tracks (id) ON DELETE SET NULL,
    fault       TEXT,                      -- why nobody could listen
    version     INTEGER,                   -- of the rules by which somebody listened or could not
    is_gone     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX library_files_of_track ON library_files (track_id);
CREATE INDEX library_files_of_root ON library_files (root);
CREATE INDEX library_files_by_size ON library_files (size);

-- By what a recording is found among thousands: a few words of its fingerprint, which are the same ones in another file.
CREATE TABLE library_marks (
    mark     INTEGER NOT NULL,             -- upper bits of the word
    track_id TEXT NOT NULL REFERENCES library_tracks (id) ON DELETE CASCADE,
    PRIMARY KEY (mark, track_id)
) STRICT, WITHOUT ROWID;

-- What a manager wants of the house player on a stage; a stage without a row has no wishes.
CREATE TABLE house_rules (
    stage_id        TEXT PRIMARY KEY REFERENCES stages (id) ON DELETE CASCADE,
    genres          TEXT NOT NULL,         -- a list in JSON; empty: all
    allows_explicit INTEGER NOT NULL,
    bpm_from        REAL,
    bpm_until       REAL,
    opens_min       INTEGER NOT NULL,      -- minutes of the day in the event's zone; equal: always
    closes_min      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tracks that only a DJ's laptop told of: the box has not heard them itself.
CREATE TABLE told_tracks (
    track_id TEXT PRIMARY KEY REFERENCES library_tracks (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX told_tracks_of_dj ON told_tracks (dj_id);

-- Which known track a play was. A play without a row was not looked at yet.
CREATE TABLE play_tracks (
    play_id    TEXT PRIMARY KEY REFERENCES plays (id) ON DELETE CASCADE,
    said       TEXT NOT NULL,              -- artist and title, folded
    track_id   TEXT REFERENCES library_tracks (id) ON DELETE SET NULL,
    confidence REAL NOT NULL,              -- 0 to 1
    reason     TEXT NOT NULL,
    verdict    TEXT NOT NULL               -- found, offered, confirmed, rejected, nothing
) STRICT, WITHOUT ROWID;

CREATE INDEX play_tracks_by_words ON play_tracks (said);
CREATE INDEX play_tracks_of_track ON play_tracks (track_id);

-- What DJs say of names: that one is a track, or is not. Remembered for every later play.
CREATE TABLE name_words (
    said     TEXT NOT NULL,
    track_id TEXT NOT NULL REFERENCES library_tracks (id) ON DELETE CASCADE,
    dj_id    TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,
    is_same  INTEGER NOT NULL,
    PRIMARY KEY (said, track_id, dj_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_words_of_track ON name_words (track_id);
CREATE INDEX name_words_of_dj ON name_words (dj_id);

-- A machine that plays where no DJ does; its token is nowhere. What it said last is NULL while it said nothing.
CREATE TABLE players (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    stage_id     TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    dj_id        TEXT NOT NULL REFERENCES djs (id) ON DELETE CASCADE,          -- its sets are this one's
    handle       TEXT NOT NULL UNIQUE,     -- username at the broker
    digest       TEXT NOT NULL UNIQUE,     -- SHA-256 of the token
    verifier     TEXT NOT NULL,            -- the broker's own password hash
    tag_digest   TEXT UNIQUE,              -- SHA-256 of what its NFC tag says
    manager_id   TEXT REFERENCES accounts (id) ON DELETE SET NULL,
    created_ms   INTEGER NOT NULL,
    revoked_ms   INTEGER,
    paused       INTEGER NOT NULL,         -- from here: what its manager wants
    volume       INTEGER NOT NULL,
    returns      INTEGER NOT NULL,         -- 1: it plays again by itself after a DJ's set
    skip         TEXT NOT NULL,            -- a play to be cut short
    said_boot    TEXT,                     -- from here: what it said, and when
    said_boot_ms INTEGER,
    said_wall_ms INTEGER,
    said_trust   TEXT,
    play_id      TEXT,
    track_id     TEXT,
    artist       TEXT,
    title        TEXT,
    said_paused  INTEGER,
    said_volume  INTEGER,
    error        TEXT
) STRICT;

CREATE INDEX players_of_stage ON players (stage_id);
CREATE INDEX players_of_dj ON players (dj_id);
CREATE INDEX players_of_manager ON players (manager_id);

-- Which guests are at which stage; whoever is forgotten or was not seen for long is gone from here.
CREATE TABLE check_ins (
    guest_id TEXT PRIMARY KEY,
    stage_id TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    at_up_ms INTEGER NOT NULL              -- the box's up-time
) STRICT, WITHOUT ROWID;

-- One for each guest and play; nobody has a like and a dislike of the same.
CREATE TABLE dislikes (
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    guest_id TEXT NOT NULL,
    at_ms    INTEGER NOT NULL,
    counts   INTEGER NOT NULL,
    PRIMARY KEY (play_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dislikes_of_guest ON dislikes (guest_id);
CREATE INDEX dislikes_raw ON dislikes (guest_id) WHERE counts = 0;

-- What dancers are asked while a play of the house is on: what shall come next.
CREATE TABLE ballots (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,
    stage_id TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    play_id  TEXT NOT NULL REFERENCES plays (id) ON DELETE CASCADE,
    why      TEXT,                         -- of what is on: why, dancers and about as a list in JSON
    is_open  INTEGER NOT NULL DEFAULT 1,
    won      INTEGER                       -- the place of what comes next
) STRICT;

CREATE INDEX ballots_of_stage ON ballots (stage_id, number);
CREATE UNIQUE INDEX ballots_of_play ON ballots (play_id);

-- What can be chosen, with the votes that count.
CREATE TABLE ballot_candidates (
    ballot_id TEXT NOT NULL REFERENCES ballots (id) ON DELETE CASCADE,
    place     INTEGER NOT NULL,
    track_id  TEXT NOT NULL,
    artist    TEXT NOT NULL,
    title     TEXT NOT NULL,
    why       TEXT NOT NULL,
    votes     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (ballot_id, place)
) STRICT, WITHOUT ROWID;

-- A guest's last vote.
CREATE TABLE ballot_votes (
    ballot_id TEXT NOT NULL REFERENCES ballots (id) ON DELETE CASCADE,
    guest_id  TEXT NOT NULL,
    place     INTEGER NOT NULL,
    counts    INTEGER NOT NULL,
    PRIMARY KEY (ballot_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX ballot_votes_of_guest ON ballot_votes (guest_id);
CREATE INDEX ballot_votes_raw ON ballot_votes (guest_id) WHERE counts = 0;

-- What the house chose, and why; the newest of each stage.
CREATE TABLE house_choices (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    stage_id   TEXT NOT NULL REFERENCES stages (id) ON DELETE CASCADE,
    track_id   TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    title_key  TEXT NOT NULL,
    why        TEXT NOT NULL
) STRICT;

CREATE INDEX house_choices_of_stage ON house_choices (stage_id, number);
