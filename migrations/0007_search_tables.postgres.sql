-- What searching looks through: made from published stories, and made anew from them when it is
-- gone, so it is in no backup. `place` is the order of publication (src/search/README.md).
CREATE TABLE search_document (
	place BIGINT PRIMARY KEY,
	story_id BIGINT NOT NULL UNIQUE,
	rules BIGINT NOT NULL,
	language TEXT NOT NULL CHECK (language <> ''),
	section_id BIGINT NOT NULL,
	tokens TEXT NOT NULL,
	terms TSVECTOR NOT NULL
);
-- The rows are narrow and what is long stands aside of them, uncompressed: a search passes many
-- rows and reads few texts.
ALTER TABLE search_document SET (toast_tuple_target = 128);
ALTER TABLE search_document ALTER COLUMN tokens SET STORAGE EXTERNAL;
ALTER TABLE search_document ALTER COLUMN terms SET STORAGE EXTERNAL;
-- Without statistics every term counts as rare, so that no search by terms ever reads the whole
-- table: Courant itself walks along the newest documents where a search has much to find.
ALTER TABLE search_document ALTER COLUMN terms SET STATISTICS 0;
ALTER TABLE search_document ALTER COLUMN tokens SET STATISTICS 0;
CREATE INDEX search_document_newest ON search_document (language, place);
-- A new document is in the index at once and not in a list that each search would have to read.
CREATE INDEX search_document_terms ON search_document USING gin (terms) WITH (fastupdate = off);
