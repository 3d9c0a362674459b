-- What waits for its judgement has a row of its own, so that a decision takes that away
-- and leaves the comment's row, many times its size, as it was written: to write it
-- anew took a fifth of the work of deciding. The column state of a revision says how it
-- leaves the queue, or has left it.
CREATE TABLE queued (
  revision_seq INTEGER PRIMARY KEY,
  site_id      INTEGER NOT NULL,
  received_at  INTEGER -- NULL of what was put back or imported, whose age does not count
) STRICT;
INSERT INTO queued (revision_seq, site_id, received_at)
  SELECT seq, site_id, CASE put_back WHEN 0 THEN received_at END FROM revisions WHERE state = 'queued';
UPDATE revisions SET state = 'decided' WHERE state = 'queued';
DROP INDEX revisions_queued;
