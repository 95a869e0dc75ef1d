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

-- A list in the order of ids, or of publication, can be had from two indexes: by walking along the
-- narrow one (of a language, of a section), or along the wide one past all that is not wanted.
-- PostgreSQL guesses which is shorter, and where what is wanted is all old it guesses wrong. The wide
-- ones (primary keys, story_published) can't give DESC NULLS LAST, nor backwards NULLS FIRST; so the
-- narrow ones do, and lists ask for it. To readers it is the same order, as none of these is NULL
-- there; SQLite has it in any case.
DROP INDEX story_published_section;
CREATE INDEX story_published_section
	ON story (section_id, language, published DESC NULLS LAST, id DESC NULLS LAST)
	WHERE status = 'published';
DROP INDEX story_published_source;
CREATE INDEX story_published_source
	ON story (source_id, language, published DESC NULLS LAST, id DESC NULLS LAST)
	WHERE status = 'published' AND source_id IS NOT NULL;
DROP INDEX story_source;
CREATE INDEX story_source ON story (source_id, id DESC NULLS LAST) WHERE source_id IS NOT NULL;
DROP INDEX story_work;
CREATE INDEX story_work ON story (language, status, id DESC NULLS LAST);
DROP INDEX story_work_section;
CREATE INDEX story_work_section ON story (section_id, language, status, id DESC NULLS LAST);
DROP INDEX story_tag_work;
CREATE UNIQUE INDEX story_tag_work ON story_tag (tag_id, language, status, story_id DESC NULLS LAST);
DROP INDEX story_byline_story;
CREATE UNIQUE INDEX story_byline_story ON story_byline (byline_id, story_id DESC NULLS LAST);
DROP INDEX correction_listed;
CREATE INDEX correction_listed ON correction (language, id DESC NULLS LAST);
DROP INDEX reply_story;
CREATE INDEX reply_story ON reply (story_id, id DESC NULLS LAST, status);
DROP INDEX reply_listed;
CREATE INDEX reply_listed ON reply (language, id DESC NULLS LAST, story_id) WHERE status = 'visible';
