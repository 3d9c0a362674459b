package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/winnowd/winnow/models"
)

// fold prepares what a hold needs to be found by; it costs too much for the writer.
func (s *Store) fold(row *decisionRow) {
	if row.d.Action == models.Hold {
		row.held = s.searchText(&row.rev.Comment)
	}
}

// searchText is the text in which a search finds a comment, folded.
func (s *Store) searchText(c *models.Comment) []byte {
	text := ""
	if s.opts.Searchable != nil {
		text = s.opts.Searchable(c)
	} else {
		text = strings.Join([]string{c.Content, c.Author.Name, c.Author.Email, c.Author.URL, c.Post.Title, c.Post.URL}, "\n")
	}
	return []byte(Fold(text))
}

// insertHeld enters a hold among what is held.
func insertHeld(tx *tx, row *decisionRow) error {
	r, d := row.rev, row.d
	var rules strings.Builder
	rules.WriteByte(' ')
	for i := range d.Reasons {
		rules.WriteString(d.Reasons[i].Rule)
		rules.WriteByte(' ')
	}
	if _, err := tx.exec(`INSERT INTO held (revision_seq, decision_seq, site_id, score, received_at, person_key, email_key, ip_key, language, post, rules)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.Seq, row.seq, r.SiteID, d.Score, r.ReceivedAt.UnixMilli(),
		r.Keys.Person, r.Keys.Email, r.Keys.IP, r.Comment.Language, postKey(&r.Comment.Post), rules.String()); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO held_text (revision_seq, text) VALUES (?, ?)", r.Seq, row.held)
	return err
}

// postKey is what tells a site's posts apart.
func postKey(p *models.Post) string {
	if p.ID != "" {
		return p.ID
	}
	return p.URL
}

// foldStep is how many holds one commit completes.
const foldStep = 200

// foldHeld completes the texts of what an older winnow held.
func (s *Store) foldHeld(ctx context.Context) error {
	after := int64(0)
	for {
		var seqs []int64
		rows, err := s.readers.QueryContext(ctx, `SELECT h.revision_seq FROM held h LEFT JOIN held_text t ON t.revision_seq = h.revision_seq
			WHERE h.revision_seq > ? AND t.revision_seq IS NULL ORDER BY h.revision_seq LIMIT ?`, after, foldStep)
		if err != nil {
			return fmt.Errorf("read what is held: %w", err)
		}
		for rows.Next() {
			var seq int64
			if err := rows.Scan(&seq); err != nil {
				rows.Close()
				return fmt.Errorf("read what is held: %w", err)
			}
			seqs = append(seqs, seq)
		}
		if err := rows.Close(); err != nil {
			return fmt.Errorf("read what is held: %w", err)
		}
		if len(seqs) == 0 {
			return nil
		}
		if err := s.foldStep(ctx, seqs); err != nil {
			return err
		}
		after = seqs[len(seqs)-1]
	}
}

func (s *Store) foldStep(ctx context.Context, seqs []int64) error {
	err := s.writer.step(ctx, change(func(tx *tx) error {
		for _, seq := range seqs {
			r, err := tx.revision(seq)
			if err != nil {
				return err
			}
			if _, err := tx.exec(`INSERT INTO held_text (revision_seq, text) SELECT revision_seq, ? FROM held WHERE revision_seq = ?
				ON CONFLICT DO NOTHING`, s.searchText(&r.Comment), seq); err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		return fmt.Errorf("fold what is held: %w", err)
	}
	return nil
}

// revision reads a revision within a change. The error wraps models.ErrNotFound if it
// is not there or was removed.
func (t *tx) revision(seq int64) (r *models.Revision, err error) {
	err = t.each("SELECT "+revisionColumns+" FROM revisions r WHERE r.seq = ? AND r.removed = 0", []any{seq}, func(scan func(...any) error) (err error) {
		r, err = t.w.s.scanRevision(scan)
		return err
	})
	if err == nil && r == nil {
		err = fmt.Errorf("revision %d: %w", seq, models.ErrNotFound)
	}
	return r, err
}

// decision reads a decision within a change; nil if there is none.
func (t *tx) decision(seq int64) (d *models.Decision, err error) {
	err = t.each("SELECT "+decisionColumns+" FROM decisions d"+decisionTables+"WHERE d.seq = ?", []any{seq}, func(scan func(...any) error) (err error) {
		d, err = t.w.s.scanDecision(scan)
		return err
	})
	return d, err
}

// release has a decision join its site's feed now and returns it.
func (t *tx) release(seq int64) (*models.Decision, error) {
	if _, err := t.exec("DELETE FROM pending WHERE decision_seq = ?", seq); err != nil {
		return nil, err
	}
	if _, err := t.exec("UPDATE decisions SET feed_seq = ? WHERE seq = ? AND feed_seq IS NULL", t.next(), seq); err != nil {
		return nil, err
	}
	return t.decision(seq)
}

// watchHeld has the writer's connection note which rows of held a transaction changes,
// whichever statement or trigger does it.
const watchHeld = `
	CREATE TEMP TABLE held_changed (revision_seq INTEGER NOT NULL);
	CREATE TEMP TRIGGER held_inserted AFTER INSERT ON main.held BEGIN INSERT INTO held_changed VALUES (NEW.revision_seq); END;
	CREATE TEMP TRIGGER held_updated AFTER UPDATE ON main.held BEGIN INSERT INTO held_changed VALUES (NEW.revision_seq); END;
	CREATE TEMP TRIGGER held_removed AFTER DELETE ON main.held BEGIN INSERT INTO held_changed VALUES (OLD.revision_seq); END`

// heldChanged gives the revisions whose rows in held the transaction changed.
func (t *tx) heldChanged() (seqs []int64, err error) {
	err = t.each("SELECT revision_seq FROM temp.held_changed", nil, func(scan func(...any) error) error {
		var seq int64
		err := scan(&seq)
		seqs = append(seqs, seq)
		return err
	})
	if err == nil && len(seqs) > 0 {
		_, err = t.exec("DELETE FROM temp.held_changed")
	}
	return seqs, err
}
