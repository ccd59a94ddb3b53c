-- House players, what is wanted of them and what they say.
-- `-- name:` begins a statement; the line after it says what it is for.

-- name: player
-- One player, taken away or not.
SELECT * FROM players WHERE id = :id;

-- name: player_with_handle
-- A player by its name at the broker, taken away or not: such names are never used again.
SELECT * FROM players WHERE handle = :handle;

-- name: player_of_dj
-- The player whose sets a DJ's are: the one that works, or the last one.
SELECT * FROM players WHERE dj_id = :dj_id ORDER BY revoked_ms IS NOT NULL, number DESC LIMIT 1;

-- name: working_players
-- Every player that works, in the order they were made.
SELECT * FROM players WHERE revoked_ms IS NULL ORDER BY number;

-- name: working_player_by_digest
-- The player that works with a token.
SELECT * FROM players WHERE digest = :digest AND revoked_ms IS NULL;

-- name: working_player_by_tag
-- The player that works with a tag.
SELECT * FROM players WHERE tag_digest = :tag_digest AND revoked_ms IS NULL;

-- name: put_player
-- A player begins to exist, or is another one from now on.
INSERT INTO players (id, name, stage_id, dj_id, handle, digest, verifier, tag_digest, manager_id, created_ms,
    revoked_ms, paused, volume, returns, skip)
VALUES (:id, :name, :stage_id, :dj_id, :handle, :digest, :verifier, :tag_digest, :manager_id, :created_ms,
    :revoked_ms, :paused, :volume, :returns, :skip)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, stage_id = excluded.stage_id, tag_digest = excluded.tag_digest,
    manager_id = excluded.manager_id, digest = excluded.digest, verifier = excluded.verifier,
    revoked_ms = excluded.revoked_ms, paused = excluded.paused,
    volume = excluded.volume, returns = excluded.returns, skip = excluded.skip;

-- name: put_player_word
-- A player said how it is.
UPDATE players SET said_boot = :boot, said_boot_ms = :boot_ms, said_wall_ms = :wall_ms, said_trust = :trust,
    play_id = :play_id, track_id = :track_id, artist = :artist, title = :title, said_paused = :said_paused,
    said_volume = :said_volume, error = :error
WHERE id = :id;
