-- Work of several acts that was begun. Whoever opens the site next finishes what was stopped.

-- The first one's stories become the second's some at a time; it goes with the last of them.
CREATE TABLE tag_merging (
	tag_id BIGINT PRIMARY KEY REFERENCES tag (id),
	into_id BIGINT NOT NULL REFERENCES tag (id)
);
CREATE TABLE byline_merging (
	byline_id BIGINT PRIMARY KEY REFERENCES byline (id),
	into_id BIGINT NOT NULL REFERENCES byline (id)
);
CREATE TABLE source_merging (
	source_id BIGINT PRIMARY KEY REFERENCES source (id),
	into_id BIGINT NOT NULL REFERENCES source (id)
);

-- A byline's stories up to the one with the id `after` say its new name already.
CREATE TABLE byline_renaming (
	byline_id BIGINT PRIMARY KEY REFERENCES byline (id),
	after BIGINT NOT NULL
);
