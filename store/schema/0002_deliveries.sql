-- How far the deliveries to a site's callback have come: what stands in its feed up to
-- cursor was delivered or has a row in deliveries.
CREATE TABLE lanes (
  site_id        INTEGER PRIMARY KEY REFERENCES sites (id),
  cursor         INTEGER NOT NULL CHECK (cursor >= 0),
  stopped_at     INTEGER, -- when the callback asked to be called no more
  stopped_reason TEXT,
  CHECK ((stopped_at IS NULL) = (stopped_reason IS NULL))
) STRICT;
INSERT INTO lanes (site_id, cursor)
  SELECT sites.id, sequence.last FROM sites, sequence WHERE sites.callback <> '';

-- Deliveries that failed, or that wait behind one that did. One that succeeds at once
-- never has a row.
CREATE TABLE deliveries (
  decision_seq    INTEGER PRIMARY KEY,
  site_id         INTEGER NOT NULL REFERENCES sites (id),
  state           TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
  attempts        INTEGER NOT NULL CHECK (attempts >= 0),
  due_at          INTEGER,
  last_status     INTEGER CHECK (last_status BETWEEN 100 AND 999),
  last_error      TEXT NOT NULL DEFAULT '',
  last_attempt_at INTEGER,
  CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
  CHECK (state = 'waiting' OR last_attempt_at IS NOT NULL)
) STRICT;
CREATE INDEX deliveries_site ON deliveries (site_id, state, decision_seq);
