-- What rules found that were only being tried, as JSON like reasons; '' for nothing.
ALTER TABLE decisions ADD COLUMN shadow TEXT NOT NULL DEFAULT '';
