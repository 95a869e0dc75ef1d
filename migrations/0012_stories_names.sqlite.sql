-- A source has a name per language, as bylines have; bylines and sources that became one have other
-- names that lead to them, as tags have.
CREATE INDEX story_source ON story (source_id, id) WHERE source_id IS NOT NULL;

CREATE TABLE source_name (
	source_id BIGINT NOT NULL REFERENCES source (id),
	language TEXT NOT NULL CHECK (language <> ''),
	name TEXT NOT NULL CHECK (name <> ''),
	folded TEXT NOT NULL CHECK (folded <> ''),
	PRIMARY KEY (source_id, language),
	UNIQUE (folded, language)
);
-- The name that a source had was in the site's language, unless all its stories are in another.
INSERT INTO source_name (source_id, language, name, folded)
	SELECT id, COALESCE(
		(SELECT story.language FROM story WHERE story.source_id = source.id
			ORDER BY CASE WHEN story.language =
				(SELECT value FROM site_setting WHERE site_setting.name = 'language')
				THEN 0 ELSE 1 END, story.id LIMIT 1),
		(SELECT value FROM site_setting WHERE site_setting.name = 'language'),
		'en'), name, folded FROM source;

-- SQLite takes no column away that must be unique: the table is made anew.
CREATE TABLE source_anew (
	id INTEGER PRIMARY KEY,
	slug TEXT CHECK (slug <> '')
);
INSERT INTO source_anew (id, slug) SELECT id, slug FROM source;
DROP TABLE source;
ALTER TABLE source_anew RENAME TO source;
CREATE UNIQUE INDEX source_slug ON source (slug);

CREATE TABLE byline_alias (
	folded TEXT PRIMARY KEY CHECK (folded <> ''),
	byline_id BIGINT NOT NULL REFERENCES byline (id),
	name TEXT NOT NULL CHECK (name <> '')
);
CREATE INDEX byline_alias_byline ON byline_alias (byline_id);

CREATE TABLE source_alias (
	folded TEXT PRIMARY KEY CHECK (folded <> ''),
	source_id BIGINT NOT NULL REFERENCES source (id),
	name TEXT NOT NULL CHECK (name <> '')
);
CREATE INDEX source_alias_source ON source_alias (source_id);

-- As an address writes a name: "mustafa-al-kadhimi".
CREATE INDEX tag_name_segment ON tag_name (REPLACE(folded, ' ', '-'));
CREATE INDEX byline_name_segment ON byline_name (REPLACE(folded, ' ', '-'));
CREATE INDEX source_name_segment ON source_name (REPLACE(folded, ' ', '-'));
CREATE INDEX tag_alias_segment ON tag_alias (REPLACE(folded, ' ', '-'));
CREATE INDEX byline_alias_segment ON byline_alias (REPLACE(folded, ' ', '-'));
CREATE INDEX source_alias_segment ON source_alias (REPLACE(folded, ' ', '-'));

-- For a draft that is discarded: that no address is a story's is not read from all of them.
CREATE INDEX story_address_story ON story_address (story_id);
