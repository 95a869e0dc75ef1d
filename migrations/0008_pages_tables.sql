-- The newsroom's own standing pages, a text a language. All texts of one slug share its position, by
-- which the foot of every page lists them.
CREATE TABLE static_page (
	slug TEXT NOT NULL CHECK (slug <> ''),
	language TEXT NOT NULL CHECK (language <> ''),
	position BIGINT NOT NULL,
	title TEXT NOT NULL CHECK (title <> ''),
	body TEXT NOT NULL,
	updated BIGINT NOT NULL,
	PRIMARY KEY (slug, language)
);
