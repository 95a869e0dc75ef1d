-- What the newsroom sets: the name, the default language, the time zone; and the site's own key.
CREATE TABLE site_setting (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
