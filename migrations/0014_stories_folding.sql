-- By which version of its rules the names were folded; no row: by older ones than this table, or it
-- is not known. In no backup, so that a restored site's names are folded anew.
CREATE TABLE name_folding (
	rules INTEGER PRIMARY KEY
);
