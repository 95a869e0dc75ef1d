-- Which other names were slugs: an address that was somebody's goes before what somebody is called.
-- Of older ones it is not known, so all of them keep their addresses.
ALTER TABLE tag_alias ADD COLUMN was_slug INTEGER NOT NULL DEFAULT 1 CHECK (was_slug IN (0, 1));
ALTER TABLE byline_alias ADD COLUMN was_slug INTEGER NOT NULL DEFAULT 1 CHECK (was_slug IN (0, 1));
ALTER TABLE source_alias ADD COLUMN was_slug INTEGER NOT NULL DEFAULT 1 CHECK (was_slug IN (0, 1));
