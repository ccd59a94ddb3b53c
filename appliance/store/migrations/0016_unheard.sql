-- What does not count is looked for at a start, and is little in an honest hall.

CREATE INDEX likes_raw ON likes (guest_id) WHERE counts = 0;
CREATE INDEX tempo_votes_raw ON tempo_votes (guest_id) WHERE counts = 0;
CREATE INDEX reactions_raw ON reactions (guest_id) WHERE counts = 0;
CREATE INDEX poll_votes_raw ON poll_votes (guest_id) WHERE counts = 0;
