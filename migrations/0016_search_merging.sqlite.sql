-- FTS5 merges what was put in at different times. By itself it does so in one go, which takes longer
-- the larger the archive is, and whoever publishes then waits for it. Courant asks for it in small
-- steps instead (src/search/search_store.c).
INSERT INTO search_term (search_term, rank) VALUES ('automerge', 0);
INSERT INTO search_term (search_term, rank) VALUES ('crisismerge', 1000);
INSERT INTO search_term (search_term, rank) VALUES ('usermerge', 16);
