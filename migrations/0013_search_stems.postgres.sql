-- Words are taken from their texts otherwise than before. Every story is put in again, when the
-- site opens next.
TRUNCATE search_document, search_opening;
UPDATE story SET is_searchable = 0 WHERE is_searchable = 1;
-- Nothing looked at it: a migration such as this one says what is made anew.
ALTER TABLE search_document DROP COLUMN rules;
