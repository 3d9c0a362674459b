-- Who sees what, what each site's filter acts from, and what became of deliveries.

-- Whether a user sees only the sites in user_sites, which may be none: a limit stays
-- when its last site goes.
ALTER TABLE users ADD COLUMN limited INTEGER NOT NULL DEFAULT 0 CHECK (limited IN (0, 1));
UPDATE users SET limited = 1 WHERE id IN (SELECT user_id FROM user_sites);

-- The cut-offs of a site; NULL where they are those of the configuration.
ALTER TABLE sites ADD COLUMN hold_above REAL CHECK (hold_above > 0 AND hold_above <= 1);
ALTER TABLE sites ADD COLUMN reject_above REAL CHECK (reject_above BETWEEN 0 AND 1);

-- The last attempts of deliveries that did not succeed at once. One that did has none.
CREATE TABLE attempts (
  decision_seq INTEGER NOT NULL,
  n            INTEGER NOT NULL CHECK (n >= 1), -- counts on when older ones have gone
  at           INTEGER NOT NULL,
  took         INTEGER NOT NULL, -- milliseconds
  status       INTEGER NOT NULL CHECK (status BETWEEN 0 AND 999), -- 0: there was no answer
  error        TEXT NOT NULL,    -- empty if it succeeded
  PRIMARY KEY (decision_seq, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER attempts_deleted AFTER DELETE ON decisions BEGIN
  DELETE FROM attempts WHERE decision_seq = OLD.seq;
END;
