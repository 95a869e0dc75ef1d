-- What was accepted from readers, as they wrote it. A submission's key is kept, so that the same
-- one can't come in twice. The hash is over what the reader handed in.
CREATE TABLE reply (
	id INTEGER PRIMARY KEY,
	story_id BIGINT NOT NULL REFERENCES story (id),
	status TEXT NOT NULL CHECK (status IN ('visible', 'hidden')),
	name TEXT NOT NULL CHECK (name <> ''),
	email TEXT NOT NULL CHECK (email <> ''),
	website TEXT NOT NULL,
	format TEXT NOT NULL CHECK (format IN ('text')),
	text TEXT NOT NULL CHECK (text <> ''),
	created BIGINT NOT NULL,
	submission_key TEXT NOT NULL UNIQUE CHECK (submission_key <> ''),
	hash TEXT NOT NULL
);
CREATE INDEX reply_story ON reply (story_id, id, status);
