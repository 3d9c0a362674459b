-- The same checks, said so that SQLite compares: for IN with more than two values it
-- builds a table of them at every row that is stored, which took a quarter of the time
-- of accepting and deciding. Only the text of the schema changes, as section 7 of
-- https://www.sqlite.org/lang_altertable.html allows.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(sql,
    'state IN (''queued'', ''decided'', ''superseded'')', 'state = ''queued'' OR state = ''decided'' OR state = ''superseded'''),
    'removed IN (0, 1, 2)', 'removed BETWEEN 0 AND 2')
  WHERE type = 'table' AND name = 'revisions';
UPDATE sqlite_schema SET sql = replace(replace(replace(sql,
    'action IN (''approve'', ''hold'', ''reject'')', 'action = ''approve'' OR action = ''hold'' OR action = ''reject'''),
    'source IN (''policy'', ''classifier'', ''moderator'')', 'source = ''classifier'' OR source = ''policy'' OR source = ''moderator'''),
    'actor_kind IN (''system'', ''site'', ''user'')', 'actor_kind = ''system'' OR actor_kind = ''site'' OR actor_kind = ''user''')
  WHERE type = 'table' AND name = 'decisions';
PRAGMA writable_schema = RESET;
