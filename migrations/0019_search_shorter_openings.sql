-- What is looked at for a document's score is half as long: 1,000 bytes, for which 1,001 letters are
-- enough.
UPDATE search_opening SET tokens = SUBSTR(tokens, 1, 1001) WHERE LENGTH(tokens) > 1001;
