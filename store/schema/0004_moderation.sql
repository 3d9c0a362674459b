-- Who holds an account, what is held, what moderators did, and how it is undone.

-- API tokens of users, "wu_...", hashed as the keys of sites are.
CREATE TABLE user_tokens (
  id         INTEGER PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id),
  hash       BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX user_tokens_user ON user_tokens (user_id);

-- Links that sign a user in once.
CREATE TABLE sign_in_links (
  hash       BLOB PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_user ON sign_in_links (user_id);

CREATE TABLE sessions (
  hash       BLOB PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  address    TEXT NOT NULL,
  agent      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

-- Current decisions by action, newest or oldest first. It takes the place of an index
-- of the holds alone.
DROP INDEX decisions_held;
CREATE INDEX decisions_current ON decisions (site_id, action, seq) WHERE current = 1;

-- What is held now, narrow, so that a filter may scan it; and its folded text apart,
-- so that a search may scan that. Holds alone have rows here.
CREATE TABLE held (
  revision_seq INTEGER PRIMARY KEY,
  decision_seq INTEGER NOT NULL,
  site_id      INTEGER NOT NULL,
  score        REAL NOT NULL,
  received_at  INTEGER NOT NULL,
  person_key   BLOB,
  email_key    BLOB,
  ip_key       BLOB,
  language     TEXT NOT NULL,
  post         TEXT NOT NULL, -- its id, else its URL
  rules        TEXT NOT NULL  -- the rules that found something, each between blanks
) STRICT;
CREATE INDEX held_site ON held (site_id, revision_seq);
CREATE INDEX held_score ON held (score, revision_seq);
CREATE TABLE held_text (
  revision_seq INTEGER PRIMARY KEY,
  text         BLOB NOT NULL
) STRICT;
INSERT INTO held (revision_seq, decision_seq, site_id, score, received_at, person_key, email_key, ip_key, language, post, rules)
  SELECT d.revision_seq, d.seq, d.site_id, d.score, r.received_at, r.person_key, r.email_key, r.ip_key,
    coalesce(r.body ->> '$.language', ''), coalesce(r.body ->> '$.post.id', r.body ->> '$.post.url', ''),
    ' ' || coalesce((SELECT group_concat(value ->> '$.rule', ' ') FROM json_each(d.reasons)), '') || ' '
  FROM decisions d JOIN revisions r ON r.seq = d.revision_seq WHERE d.current = 1 AND d.action = 'hold';

-- Whoever ends a hold, its row goes.
CREATE TRIGGER held_ended AFTER UPDATE OF current ON decisions
WHEN OLD.current = 1 AND NEW.current = 0 AND OLD.action = 'hold' BEGIN
  DELETE FROM held WHERE revision_seq = OLD.revision_seq;
  DELETE FROM held_text WHERE revision_seq = OLD.revision_seq;
END;
CREATE TRIGGER held_deleted AFTER DELETE ON decisions
WHEN OLD.current = 1 AND OLD.action = 'hold' BEGIN
  DELETE FROM held WHERE revision_seq = OLD.revision_seq;
  DELETE FROM held_text WHERE revision_seq = OLD.revision_seq;
END;

-- What moderators and administrators did, in order: the audit log.
CREATE TABLE actions (
  seq        INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('system', 'site', 'user', 'operator')),
  actor_name TEXT NOT NULL DEFAULT '',
  site_id    INTEGER,
  comment_id TEXT,
  at         INTEGER NOT NULL,
  detail     TEXT NOT NULL, -- JSON
  undoable   INTEGER NOT NULL DEFAULT 0 CHECK (undoable IN (0, 1)),
  undone_by  INTEGER -- seq of the action that undid it
) STRICT;
CREATE INDEX actions_actor ON actions (actor_name, seq);
CREATE INDEX actions_kind ON actions (kind, seq);
CREATE INDEX actions_site ON actions (site_id, seq) WHERE site_id IS NOT NULL;
CREATE INDEX actions_comment ON actions (site_id, comment_id, seq) WHERE comment_id IS NOT NULL;
CREATE INDEX actions_undoable ON actions (actor_name, seq) WHERE undoable = 1 AND undone_by IS NULL;

-- What each verdict did to one comment: what undoing it needs.
CREATE TABLE verdicts (
  decision_seq INTEGER PRIMARY KEY,
  action_seq   INTEGER NOT NULL,
  before_seq   INTEGER NOT NULL, -- the decision whose place it took
  label_seq    INTEGER,          -- the label that it stored
  retracted    INTEGER,          -- the label that it took back
  was_dead     INTEGER NOT NULL CHECK (was_dead IN (0, 1)),
  undone       INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;
CREATE INDEX verdicts_action ON verdicts (action_seq, decision_seq);
CREATE INDEX verdicts_label ON verdicts (label_seq) WHERE undone = 0;

-- Decisions that wait for the end of their undo window before they join the feed.
CREATE TABLE pending (
  decision_seq INTEGER PRIMARY KEY,
  release_at   INTEGER NOT NULL
) STRICT;

-- Actions on many comments, with how far they have come.
CREATE TABLE jobs (
  action_seq INTEGER PRIMARY KEY REFERENCES actions (seq),
  request    TEXT NOT NULL, -- JSON
  position   INTEGER NOT NULL DEFAULT 0,
  last       INTEGER NOT NULL, -- where it ends
  total      INTEGER NOT NULL,
  done       INTEGER NOT NULL DEFAULT 0,
  skipped    INTEGER NOT NULL DEFAULT 0,
  state      TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped'))
) STRICT;
CREATE INDEX jobs_running ON jobs (action_seq) WHERE state = 'running';

-- Counts by day (days since 1970, UTC) and site, for the overview.
CREATE TABLE tallies (
  day     INTEGER NOT NULL,
  site_id INTEGER NOT NULL,
  name    TEXT NOT NULL,
  n       INTEGER NOT NULL,
  PRIMARY KEY (day, site_id, name)
) STRICT, WITHOUT ROWID;

-- The revisions of each person at a site. It is filled when nothing else is to be
-- written, up to indexed.seq: at acceptance it would cost more than the comment.
CREATE TABLE author_revisions (
  site_id      INTEGER NOT NULL,
  person_key   BLOB NOT NULL,
  revision_seq INTEGER NOT NULL,
  PRIMARY KEY (site_id, person_key, revision_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE indexed (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO indexed (id, seq) VALUES (1, 0);
CREATE TRIGGER author_forgotten AFTER UPDATE OF person_key ON revisions
WHEN OLD.person_key IS NOT NULL AND NEW.person_key IS NULL BEGIN
  DELETE FROM author_revisions WHERE site_id = OLD.site_id AND person_key = OLD.person_key AND revision_seq = OLD.seq;
END;
CREATE TRIGGER author_deleted AFTER DELETE ON revisions WHEN OLD.person_key IS NOT NULL BEGIN
  DELETE FROM author_revisions WHERE site_id = OLD.site_id AND person_key = OLD.person_key AND revision_seq = OLD.seq;
END;

-- What moderators wrote of a comment goes with it.
CREATE TRIGGER notes_removed AFTER UPDATE OF removed ON revisions WHEN OLD.removed = 0 AND NEW.removed > 0 BEGIN
  UPDATE actions SET detail = json_remove(detail, '$.note') WHERE site_id = OLD.site_id AND comment_id = OLD.comment_id;
END;
