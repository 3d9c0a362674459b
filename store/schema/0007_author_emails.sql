-- The revisions of each e-mail address at a site whose author is known by something else,
-- filled like author_revisions, which has those of all other addresses. What was indexed
-- without it is indexed again.
CREATE TABLE author_emails (
  site_id      INTEGER NOT NULL,
  email_key    BLOB NOT NULL,
  revision_seq INTEGER NOT NULL,
  PRIMARY KEY (site_id, email_key, revision_seq)
) STRICT, WITHOUT ROWID;
UPDATE indexed SET seq = 0;
CREATE TRIGGER email_forgotten AFTER UPDATE OF email_key ON revisions
WHEN OLD.email_key IS NOT NULL AND NEW.email_key IS NULL BEGIN
  DELETE FROM author_emails WHERE site_id = OLD.site_id AND email_key = OLD.email_key AND revision_seq = OLD.seq;
END;
CREATE TRIGGER email_deleted AFTER DELETE ON revisions WHEN OLD.email_key IS NOT NULL BEGIN
  DELETE FROM author_emails WHERE site_id = OLD.site_id AND email_key = OLD.email_key AND revision_seq = OLD.seq;
END;
