-- Repeats its story's language, which never changes, so that a language's newest replies are found
-- in order.
ALTER TABLE reply ADD COLUMN language TEXT NOT NULL DEFAULT '';
UPDATE reply SET language = (SELECT language FROM story WHERE story.id = reply.story_id);
CREATE INDEX reply_listed ON reply (language, id, story_id) WHERE status = 'visible';
