-- Where a play's tempo and key come from; and the way from a track to its plays, for what is known of it.
ALTER TABLE plays ADD COLUMN bpm_origin TEXT;
ALTER TABLE plays ADD COLUMN key_origin TEXT;

CREATE INDEX plays_of_track ON plays (track_id, number);
