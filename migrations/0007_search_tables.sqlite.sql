-- What searching looks through: made from published stories, and made anew from them when it is
-- gone, so it is in no backup. `place` is the order of publication (src/search/README.md).
CREATE TABLE search_document (
	place INTEGER PRIMARY KEY,
	story_id BIGINT NOT NULL UNIQUE,
	rules BIGINT NOT NULL,
	language TEXT NOT NULL CHECK (language <> ''),
	section_id BIGINT NOT NULL,
	tokens TEXT NOT NULL
);
-- Which documents have a term; rowid is the place. Courant makes the terms: the tokenizer only
-- parts them at the spaces. Neither texts nor positions are kept here a second time.
CREATE VIRTUAL TABLE search_term USING fts5 (
	terms,
	content = '',
	columnsize = 0,
	detail = none,
	tokenize = 'ascii'
);
