package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// Histories counts how the newest comments of persons stand, each at a site, at most limit
// of each. One without a key has none. What was counted is good for some seconds, unless
// the author's comments are decided by people or new ones become known.
func (s *Store) Histories(ctx context.Context, authors []models.AuthorRef, limit int) (map[models.AuthorRef]models.History, error) {
	known, unknown := s.histories.find(authors, limit)
	if len(unknown) == 0 {
		return known, nil
	}
	begun := time.Now()
	list, err := json.Marshal(authorKeys(unknown))
	if err != nil {
		return nil, fmt.Errorf("read authors' histories: %w", err)
	}
	rows, err := s.readers.QueryContext(ctx, historiesQuery, string(list), limit)
	if err != nil {
		return nil, fmt.Errorf("read authors' histories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at, n int
		var action models.Action
		if err := rows.Scan(&at, &action, &n); err != nil {
			return nil, fmt.Errorf("read authors' histories: %w", err)
		}
		h := known[unknown[at]]
		switch action {
		case models.Approve:
			h.Approved += n
		case models.Hold:
			h.Held += n
		case models.Reject:
			h.Rejected += n
		default:
			h.More = n > 0
		}
		known[unknown[at]] = h
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read authors' histories: %w", err)
	}
	s.histories.keep(unknown, known, limit, begun)
	return known, nil
}

// authorKey names one of the authors that are asked for, by its place among them.
type authorKey struct {
	At     int    `json:"at"`
	Site   int64  `json:"site"`
	Person string `json:"person"` // in hexadecimal
}

func authorKeys(authors []models.AuthorRef) []authorKey {
	keys := make([]authorKey, 0, len(authors))
	for at, who := range authors {
		keys = append(keys, authorKey{at, who.SiteID, hex.EncodeToString([]byte(who.Person))})
	}
	return keys
}

// historiesQuery counts by author and action; the empty action tells that there is more.
const historiesQuery = `WITH
	who(at, site, person) AS MATERIALIZED (SELECT value ->> '$.at', value ->> '$.site', unhex(value ->> '$.person') FROM json_each(?1)),
	newest(at, seq) AS MATERIALIZED (SELECT who.at, a.revision_seq FROM who CROSS JOIN author_revisions a
		ON a.site_id = who.site AND a.person_key = who.person AND a.revision_seq >= coalesce(
			(SELECT x.revision_seq FROM author_revisions x WHERE x.site_id = who.site AND x.person_key = who.person
				ORDER BY x.revision_seq DESC LIMIT 1 OFFSET ?2 - 1), 0))
	SELECT at, action, count(*) FROM (
		SELECT n.at, d.action FROM newest n CROSS JOIN decisions d INDEXED BY decisions_judged
			ON d.revision_seq = n.seq AND d.judged = 1 WHERE d.current = 1
		UNION ALL SELECT n.at, d.action FROM newest n CROSS JOIN decisions d INDEXED BY decisions_other
			ON d.revision_seq = n.seq AND d.judged = 0 WHERE d.current = 1) GROUP BY at, action
	UNION ALL SELECT who.at, '', EXISTS (SELECT 1 FROM author_revisions x WHERE x.site_id = who.site AND x.person_key = who.person
		ORDER BY x.revision_seq DESC LIMIT 1 OFFSET ?2) FROM who`

// indexStep is how many revisions one commit indexes.
const indexStep = 100

// IndexAuthors goes on filling the index of authors, a small step, once nobody else waits
// to write. more tells that there is more to do.
func (s *Store) IndexAuthors(ctx context.Context) (more bool, err error) {
	op := &indexing{s: s}
	if err := s.writer.step(ctx, op); err != nil {
		return false, fmt.Errorf("index authors: %w", err)
	}
	return op.n == indexStep, nil
}

type indexing struct {
	s       *Store
	n       int
	authors []models.AuthorRef
}

func (op *indexing) weight() int { return indexStep }

func (op *indexing) apply(tx *tx) error {
	op.n, op.authors = 0, nil
	var from, to int64
	if _, err := tx.get("SELECT seq FROM indexed WHERE id = 1", nil, &from); err != nil {
		return err
	}
	type row struct {
		seq, site int64
		person    []byte
		email     []byte // unless it is the person's
	}
	rows := make([]row, 0, indexStep)
	err := tx.each("SELECT seq, site_id, person_key, iif(email_key = person_key, NULL, email_key) FROM revisions WHERE seq > ? ORDER BY seq LIMIT ?", []any{from, indexStep},
		func(scan func(...any) error) error {
			var r row
			if err := scan(&r.seq, &r.site, &r.person, &r.email); err != nil {
				return err
			}
			rows = append(rows, r)
			return nil
		})
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, r := range rows {
		op.n, to = op.n+1, r.seq
		if r.person != nil {
			op.authors = append(op.authors, models.AuthorRef{SiteID: r.site, Person: string(r.person)})
			if _, err := tx.exec("INSERT INTO author_revisions (site_id, person_key, revision_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
				r.site, r.person, r.seq); err != nil {
				return err
			}
		}
		if r.email == nil {
			continue
		}
		if _, err := tx.exec("INSERT INTO author_emails (site_id, email_key, revision_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			r.site, r.email, r.seq); err != nil {
			return err
		}
	}
	_, err = tx.exec("UPDATE indexed SET seq = ? WHERE id = 1", to)
	return err
}

func (op *indexing) committed(Observer) { op.s.histories.forget(op.authors...) }
