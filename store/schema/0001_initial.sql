-- Everything that happens takes the next number, seq, of one sequence: a revision
-- accepted, a decision, a label, a retraction, a policy loaded. Order is seq;
-- times are for people, in milliseconds UTC.
--
-- Revisions and what hangs on them are deleted in bulk. References to them carry
-- no REFERENCES clause: checking it on deletion would need a full index on each.

CREATE TABLE sequence (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;
INSERT INTO sequence (id, last) VALUES (1, 0);

-- The epoch in force from a seq on. Restoring a backup begins a new one.
CREATE TABLE epochs (
  from_seq   INTEGER PRIMARY KEY,
  epoch      INTEGER NOT NULL UNIQUE,
  started_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
  id                     INTEGER PRIMARY KEY AUTOINCREMENT,
  name                   TEXT NOT NULL UNIQUE, -- never reused, hence kept after removal
  url                    TEXT NOT NULL DEFAULT '',
  callback               TEXT NOT NULL DEFAULT '',
  allow_private_callback INTEGER NOT NULL DEFAULT 0 CHECK (allow_private_callback IN (0, 1)),
  enabled                INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  share_labels           INTEGER NOT NULL DEFAULT 1 CHECK (share_labels IN (0, 1)),
  created_at             INTEGER NOT NULL,
  removed_at             INTEGER,
  purged_at              INTEGER,
  CHECK (removed_at IS NULL OR enabled = 0),
  CHECK (purged_at IS NULL OR removed_at IS NOT NULL)
) STRICT;

-- API keys are stored hashed; secrets and Akismet keys must be readable.
CREATE TABLE site_credentials (
  id         INTEGER PRIMARY KEY,
  site_id    INTEGER NOT NULL REFERENCES sites (id),
  kind       TEXT NOT NULL CHECK (kind IN ('key', 'secret', 'akismet')),
  hash       BLOB,
  value      TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  CHECK ((kind = 'key') = (hash IS NOT NULL)),
  CHECK ((kind = 'key') = (value IS NULL))
) STRICT;
CREATE INDEX site_credentials_site ON site_credentials (site_id);
CREATE UNIQUE INDEX site_credentials_hash ON site_credentials (hash) WHERE hash IS NOT NULL;

-- A comment is (site_id, comment_id); its rows here are its revisions.
CREATE TABLE revisions (
  seq          INTEGER PRIMARY KEY,
  site_id      INTEGER NOT NULL REFERENCES sites (id),
  comment_id   TEXT NOT NULL,
  revision     INTEGER NOT NULL CHECK (revision >= 1),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'decided', 'superseded')),
  attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error   TEXT,
  dead         INTEGER NOT NULL DEFAULT 0 CHECK (dead IN (0, 1)),
  put_back     INTEGER NOT NULL DEFAULT 0 CHECK (put_back IN (0, 1)),
  -- 0: there; 1: comment and personal data removed; 2: what was learnt forgotten too
  removed      INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1, 2)),
  protocol     TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  submitted_at INTEGER,
  edited_at    INTEGER,
  fingerprint  BLOB NOT NULL,
  person_key   BLOB,
  email_key    BLOB,
  ip_key       BLOB,
  text_key     INTEGER,
  message      BLOB, -- of a signed one, so that a replay is told from a new body
  meta         TEXT, -- the site's own JSON value, byte for byte
  body         TEXT, -- the rest of the comment as JSON
  CHECK (dead = 0 OR state = 'decided'),
  CHECK ((removed = 0) = (body IS NOT NULL)),
  CHECK (removed = 0 OR meta IS NULL),
  CHECK (removed = 0 OR state <> 'queued')
) STRICT;
-- The one index with random keys that acceptance touches.
CREATE UNIQUE INDEX revisions_comment ON revisions (site_id, comment_id, revision);
CREATE INDEX revisions_queued ON revisions (seq, site_id, received_at, put_back) WHERE state = 'queued';
CREATE INDEX revisions_dead ON revisions (seq, site_id) WHERE dead = 1;

-- The text of every policy that judged, by its hash.
CREATE TABLE policies (
  id   INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE, -- "sha256:..."
  text TEXT NOT NULL
) STRICT;
CREATE TABLE policy_loads (
  seq       INTEGER PRIMARY KEY,
  policy_id INTEGER NOT NULL REFERENCES policies (id),
  loaded_at INTEGER NOT NULL
) STRICT;

-- History, feed and outbox in one.
CREATE TABLE decisions (
  seq           INTEGER PRIMARY KEY,
  -- Its place in the site's feed; NULL while a moderator may still undo it unseen.
  feed_seq      INTEGER,
  revision_seq  INTEGER NOT NULL,
  site_id       INTEGER NOT NULL,
  sequence      INTEGER NOT NULL CHECK (sequence >= 1),
  judged        INTEGER NOT NULL CHECK (judged IN (0, 1)),
  current       INTEGER NOT NULL CHECK (current IN (0, 1)),
  action        TEXT NOT NULL CHECK (action IN ('approve', 'hold', 'reject')),
  source        TEXT NOT NULL CHECK (source IN ('policy', 'classifier', 'moderator')),
  actor_kind    TEXT NOT NULL CHECK (actor_kind IN ('system', 'site', 'user')),
  actor_name    TEXT NOT NULL DEFAULT '',
  score         REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
  reasons       TEXT NOT NULL, -- JSON, with codes and parameters
  facts         TEXT NOT NULL, -- JSON, what rules read beyond the comment
  policy_id     INTEGER REFERENCES policies (id),
  model_version TEXT NOT NULL,
  decided_at    INTEGER NOT NULL,
  note          TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX decisions_feed ON decisions (site_id, feed_seq);
-- A revision is judged once; this also finds a revision's decisions, with the next.
CREATE UNIQUE INDEX decisions_judged ON decisions (revision_seq) WHERE judged = 1;
CREATE INDEX decisions_other ON decisions (revision_seq, seq) WHERE judged = 0;
CREATE INDEX decisions_held ON decisions (site_id, seq) WHERE current = 1 AND action = 'hold';

-- Labels are the truth; the model is a fold over labels and retractions in order of seq.
CREATE TABLE labels (
  seq          INTEGER PRIMARY KEY,
  site_id      INTEGER NOT NULL REFERENCES sites (id),
  comment_id   TEXT NOT NULL,
  revision_seq INTEGER, -- NULL for imported history
  label        TEXT NOT NULL CHECK (label IN ('ham', 'spam')),
  origin       TEXT NOT NULL CHECK (origin IN ('moderator', 'site', 'import', 'akismet', 'perspective', 'audit')),
  actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('system', 'site', 'user')),
  actor_name   TEXT NOT NULL DEFAULT '',
  shared       INTEGER NOT NULL CHECK (shared IN (0, 1)),
  tokenizer    TEXT NOT NULL, -- the version that it was first learnt with
  lesson       TEXT, -- training text as JSON; NULL once erased
  labelled_at  INTEGER NOT NULL,
  retracted_by INTEGER -- seq of the retraction
) STRICT;
CREATE UNIQUE INDEX labels_active ON labels (site_id, comment_id) WHERE retracted_by IS NULL;
CREATE INDEX labels_site ON labels (site_id, seq);
-- Erasing a comment forgets the labels, too, that were taken back before.
CREATE INDEX labels_retracted ON labels (site_id, comment_id) WHERE retracted_by IS NOT NULL;
CREATE TABLE retractions (
  seq          INTEGER PRIMARY KEY,
  label_seq    INTEGER NOT NULL UNIQUE REFERENCES labels (seq),
  reason       TEXT NOT NULL CHECK (reason IN ('relabel', 'undo', 'erase', 'reset')),
  actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('system', 'site', 'user')),
  actor_name   TEXT NOT NULL DEFAULT '',
  retracted_at INTEGER NOT NULL
) STRICT;

-- Moderators. One without rows in user_sites sees every site.
CREATE TABLE users (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT NOT NULL UNIQUE,
  role          TEXT NOT NULL CHECK (role IN ('moderator', 'admin')),
  password_hash TEXT,
  created_at    INTEGER NOT NULL,
  removed_at    INTEGER
) STRICT;
CREATE TABLE user_sites (
  user_id INTEGER NOT NULL REFERENCES users (id),
  site_id INTEGER NOT NULL REFERENCES sites (id),
  PRIMARY KEY (user_id, site_id)
) STRICT, WITHOUT ROWID;
