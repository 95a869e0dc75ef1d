-- Drafts that were discarded: SQLite would give the highest number again, and who discards a draft
-- twice would meet another's.
CREATE TABLE story_discarded (
	id BIGINT PRIMARY KEY,
	discarded BIGINT NOT NULL
);
