-- What readers find stories by: translations, bylines, sources, corrections, the front page.

-- Stories that tell the same in several languages share the id of one of them; NULL: it stands
-- alone.
ALTER TABLE story ADD COLUMN translation_group BIGINT;
CREATE UNIQUE INDEX story_translation ON story (translation_group, language);

-- A person who writes, with a name per language.
CREATE TABLE byline (
	id INTEGER PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE CHECK (slug <> '')
);

CREATE TABLE byline_name (
	byline_id BIGINT NOT NULL REFERENCES byline (id),
	language TEXT NOT NULL CHECK (language <> ''),
	name TEXT NOT NULL CHECK (name <> ''),
	folded TEXT NOT NULL CHECK (folded <> ''),
	PRIMARY KEY (byline_id, language),
	UNIQUE (folded, language)
);

-- As story_tag. story.byline stays the names as one text.
CREATE TABLE story_byline (
	story_id BIGINT NOT NULL REFERENCES story (id),
	position INTEGER NOT NULL,
	byline_id BIGINT NOT NULL REFERENCES byline (id),
	language TEXT NOT NULL,
	status TEXT NOT NULL,
	published BIGINT,
	PRIMARY KEY (story_id, position)
);
CREATE INDEX story_byline_published ON story_byline (byline_id, language, published, story_id)
	WHERE status = 'published';
CREATE UNIQUE INDEX story_byline_story ON story_byline (byline_id, story_id);

-- Stories of before, whose byline is a text alone, until they are caught up.
CREATE TABLE byline_missing (
	story_id BIGINT PRIMARY KEY REFERENCES story (id)
);
INSERT INTO byline_missing (story_id) SELECT id FROM story WHERE byline <> '';

-- NULL in sources of before, until they are caught up.
ALTER TABLE source ADD COLUMN slug TEXT;
CREATE UNIQUE INDEX source_slug ON source (slug);
CREATE INDEX story_published_source ON story (source_id, language, published, id)
	WHERE status = 'published' AND source_id IS NOT NULL;

-- The highest id that readers may see, for site maps.
CREATE INDEX story_published_id ON story (id) WHERE status = 'published';

-- Other spellings and former names of a tag: they lead to it.
CREATE TABLE tag_alias (
	folded TEXT PRIMARY KEY CHECK (folded <> ''),
	tag_id BIGINT NOT NULL REFERENCES tag (id),
	name TEXT NOT NULL CHECK (name <> '')
);
CREATE INDEX tag_alias_tag ON tag_alias (tag_id);

-- Repeats its story's language, so that a language's corrections are paged in order.
ALTER TABLE correction ADD COLUMN language TEXT NOT NULL DEFAULT '';
UPDATE correction SET language = (SELECT language FROM story WHERE story.id = correction.story_id);
CREATE INDEX correction_listed ON correction (language, id);

-- The desk's order of the front page: 0 is the lead.
CREATE TABLE front_place (
	language TEXT NOT NULL,
	position INTEGER NOT NULL,
	story_id BIGINT NOT NULL REFERENCES story (id),
	PRIMARY KEY (language, position)
);

-- First parts of addresses that are no section's: static pages.
CREATE TABLE first_part (
	slug TEXT PRIMARY KEY CHECK (slug <> '')
);

-- 1 when search has the story's words; in no backup, because what they are found by is not either.
ALTER TABLE story ADD COLUMN is_searchable INTEGER NOT NULL DEFAULT 0;
CREATE INDEX story_not_searchable ON story (id) WHERE status = 'published' AND is_searchable = 0;
