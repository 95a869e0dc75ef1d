-- Times are milliseconds since 1970 UTC. Names are kept beside a folded form, by which they are
-- compared ("Kādhimī" is "kadhimi").
CREATE TABLE section (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE CHECK (slug <> '')
);

CREATE TABLE section_name (
	section_id BIGINT NOT NULL REFERENCES section (id),
	language TEXT NOT NULL CHECK (language <> ''),
	name TEXT NOT NULL CHECK (name <> ''),
	folded TEXT NOT NULL CHECK (folded <> ''),
	PRIMARY KEY (section_id, language),
	UNIQUE (folded, language)
);

CREATE TABLE tag (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE CHECK (slug <> '')
);

CREATE TABLE tag_name (
	tag_id BIGINT NOT NULL REFERENCES tag (id),
	language TEXT NOT NULL CHECK (language <> ''),
	name TEXT NOT NULL CHECK (name <> ''),
	folded TEXT NOT NULL CHECK (folded <> ''),
	PRIMARY KEY (tag_id, language),
	UNIQUE (folded, language)
);

CREATE TABLE source (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL CHECK (name <> ''),
	folded TEXT NOT NULL UNIQUE CHECK (folded <> '')
);

-- A story as it is now, narrow, for listings. Its text is in its newest revision.
CREATE TABLE story (
	id INTEGER PRIMARY KEY,
	status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'withdrawn')),
	language TEXT NOT NULL CHECK (language <> ''),
	headline TEXT NOT NULL CHECK (headline <> ''),
	standfirst TEXT NOT NULL,
	byline TEXT NOT NULL,
	summary TEXT NOT NULL,
	slug TEXT NOT NULL CHECK (slug <> ''),
	slug_given INTEGER NOT NULL CHECK (slug_given IN (0, 1)),
	path TEXT,
	section_id BIGINT NOT NULL REFERENCES section (id),
	source_id BIGINT REFERENCES source (id),
	created BIGINT NOT NULL,
	published BIGINT,
	updated BIGINT NOT NULL,
	breaking_until BIGINT NOT NULL CHECK (breaking_until >= 0),
	revision BIGINT NOT NULL CHECK (revision > 0),
	CHECK (status = 'draft' OR (published IS NOT NULL AND path IS NOT NULL))
);
-- What readers page through, newest publication first.
CREATE INDEX story_published ON story (language, published, id) WHERE status = 'published';
CREATE INDEX story_published_section ON story (section_id, language, published, id)
	WHERE status = 'published';
-- What the desk pages through, newest work first.
CREATE INDEX story_work ON story (language, status, id);
CREATE INDEX story_work_section ON story (section_id, language, status, id);
CREATE INDEX story_breaking ON story (breaking_until) WHERE breaking_until > 0;

-- Every version that there was: rows are added, never changed. The hash is over all other columns.
CREATE TABLE story_revision (
	story_id BIGINT NOT NULL REFERENCES story (id),
	revision BIGINT NOT NULL CHECK (revision > 0),
	created BIGINT NOT NULL,
	headline TEXT NOT NULL,
	standfirst TEXT NOT NULL,
	byline TEXT NOT NULL,
	section TEXT NOT NULL,
	source TEXT NOT NULL,
	tags TEXT NOT NULL,
	body TEXT NOT NULL,
	hash TEXT NOT NULL,
	PRIMARY KEY (story_id, revision)
);

-- Repeats its story's language, status and time, so that a tag's stories are paged in order.
CREATE TABLE story_tag (
	story_id BIGINT NOT NULL REFERENCES story (id),
	position INTEGER NOT NULL,
	tag_id BIGINT NOT NULL REFERENCES tag (id),
	language TEXT NOT NULL,
	status TEXT NOT NULL,
	published BIGINT,
	PRIMARY KEY (story_id, position)
);
CREATE INDEX story_tag_published ON story_tag (tag_id, language, published, story_id)
	WHERE status = 'published';
CREATE UNIQUE INDEX story_tag_work ON story_tag (tag_id, language, status, story_id);

-- Every address that a story was ever published under; story.path is the one of now.
CREATE TABLE story_address (
	path TEXT PRIMARY KEY,
	story_id BIGINT NOT NULL REFERENCES story (id),
	created BIGINT NOT NULL
);

CREATE TABLE correction (
	id INTEGER PRIMARY KEY,
	story_id BIGINT NOT NULL REFERENCES story (id),
	kind TEXT NOT NULL CHECK (kind IN ('correction', 'clarification', 'update')),
	text TEXT NOT NULL CHECK (text <> ''),
	created BIGINT NOT NULL
);
CREATE INDEX correction_story ON correction (story_id, id);
