-- How a document's tokens begin: what a search by relevance reads of a thousand documents, apart
-- from the rest so that many lie on a page. One letter more than counts, so that Courant sees what
-- is cut in a word.
CREATE TABLE search_opening (
	place BIGINT PRIMARY KEY,
	tokens TEXT NOT NULL
);
ALTER TABLE search_opening ALTER COLUMN tokens SET STORAGE PLAIN;
INSERT INTO search_opening (place, tokens) SELECT place, SUBSTR(tokens, 1, 2001) FROM search_document;
