package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/winnowd/winnow/models"
)

// Decide stores automatic decisions and returns once they are on disk. A revision
// that is no longer queued (decided, superseded or removed meanwhile) is passed
// over. What was stored gets its Seq, ID and Sequence; the store keeps the
// decision, which nobody may change from the call on. The error wraps
// models.ErrUnavailable if nothing was stored; any other error is of the decisions
// that cannot be stored (a score outside 0 to 1, for instance), and the rest were.
func (s *Store) Decide(ctx context.Context, js []models.Judgement) error {
	op := &deciding{s: s, rows: make([]decisionRow, 0, len(js))}
	var unfit []error
	for i := range js {
		row, err := s.row(ctx, js[i].Decision)
		switch {
		case errors.Is(err, models.ErrUnavailable):
			return fmt.Errorf("store decisions: %w", err)
		case err != nil:
			unfit = append(unfit, notStored(js[i].Revision, err))
			continue
		}
		row.rev = js[i].Revision
		if cause := js[i].Dead; cause != nil {
			row.dead, row.cause = true, cause.Error()
		}
		s.fold(&row)
		op.rows = append(op.rows, row)
	}
	if err := s.writer.decide(ctx, op); err != nil {
		return fmt.Errorf("store decisions: %w", err)
	}
	return errors.Join(append(unfit, op.failures()...)...)
}

// decisionRow is a decision on its way into the table.
type decisionRow struct {
	d      *models.Decision
	rev    *models.Revision
	dead   bool
	cause  string // of dead
	past   bool   // it stands in no feed: it was made elsewhere
	policy any    // its row; nil if none judged
	// reasons, facts and shadow are JSON.
	reasons, facts, shadow string
	// held is the folded text of a comment that is held.
	held []byte
	// pending keeps the decision out of the feed for now.
	pending bool

	// results
	err      error
	stored   bool
	over     bool // it holds, and nobody can decide it any more
	unheld   bool // the decision before it was a hold
	wasDead  bool
	wasOpen  bool // its revision was queued
	sequence int
	seq      int64
	// released is the decision whose place it takes, if that still waited for the feed.
	released *models.Decision
}

func (s *Store) row(ctx context.Context, d *models.Decision) (decisionRow, error) {
	reasons, err := models.AppendReasons(make([]byte, 0, 1024), d.Reasons)
	if err != nil {
		return decisionRow{}, fmt.Errorf("encode reasons: %w", err)
	}
	facts := models.AppendFacts(make([]byte, 0, 512), &d.Facts)
	var shadow string
	if len(d.Shadow) > 0 {
		if shadow, err = encode(d.Shadow); err != nil {
			return decisionRow{}, fmt.Errorf("encode shadow findings: %w", err)
		}
	}
	policy, err := s.policyID(ctx, d.PolicyVersion)
	if err != nil {
		return decisionRow{}, err
	}
	return decisionRow{d: d, policy: policy, reasons: string(reasons), facts: string(facts), shadow: shadow}, nil
}

type deciding struct {
	s    *Store
	rows []decisionRow
}

func (op *deciding) weight() int { return len(op.rows) }

// apply stores the decisions. One that cannot be stored fails alone: the others were made
// of other comments.
func (op *deciding) apply(tx *tx) error {
	for i := range op.rows {
		row := &op.rows[i]
		if row.err = tx.alone(func() error { return op.decide(tx, row) }); row.err == nil {
			continue
		}
		row.stored = false
		if !tx.careful || !isOwn(row.err) {
			return row.err
		}
	}
	return nil
}

// decide stores one automatic decision if its revision is still queued.
func (op *deciding) decide(tx *tx, row *decisionRow) error {
	row.stored, row.unheld, row.wasDead, row.released = false, false, false, nil
	waited, err := tx.dequeue(row.rev.Seq)
	if err != nil || !waited {
		return err
	}
	if row.dead && !op.s.removedSite(row.rev.SiteID) {
		if _, err := tx.exec("UPDATE revisions SET dead = 1, attempts = ?, last_error = ? WHERE seq = ?", row.rev.Attempts+1, row.cause, row.rev.Seq); err != nil {
			return err
		}
	}
	row.sequence = 1
	if row.rev.Number > 1 || row.rev.PutBack {
		if err := succeed(tx, row, row.rev.SiteID, row.rev.Comment.ID); err != nil {
			return err
		}
	}
	row.seq, row.stored, row.wasOpen = tx.next(), true, true
	return insertDecision(tx, row)
}

// succeed takes the place of the comment's newest decision. If that is not in the feed
// yet it joins it now, so that the feed has them in order.
func succeed(tx *tx, row *decisionRow, siteID int64, commentID string) error {
	var (
		seq    int64
		last   int
		action models.Action
		stands bool // not since the comment was removed
		waits  bool
	)
	row.sequence = 1
	found, err := tx.get(`SELECT d.seq, d.sequence, d.action, d.current, d.feed_seq IS NULL FROM revisions r
		CROSS JOIN decisions d INDEXED BY decisions_judged ON d.revision_seq = r.seq AND d.judged = 1
		WHERE r.site_id = ?1 AND r.comment_id = ?2
		UNION ALL
		SELECT d.seq, d.sequence, d.action, d.current, d.feed_seq IS NULL FROM revisions r
		CROSS JOIN decisions d INDEXED BY decisions_other ON d.revision_seq = r.seq AND d.judged = 0
		WHERE r.site_id = ?1 AND r.comment_id = ?2 ORDER BY 2 DESC LIMIT 1`,
		[]any{siteID, commentID}, &seq, &last, &action, &stands, &waits)
	if err != nil || !found {
		return err
	}
	row.sequence, row.unheld = last+1, stands && action == models.Hold
	if waits {
		if row.released, err = tx.release(seq); err != nil {
			return err
		}
	}
	_, err = tx.exec("UPDATE decisions SET current = 0 WHERE seq = ?", seq)
	return err
}

func insertDecision(tx *tx, row *decisionRow) error {
	d := row.d
	var feed any
	switch {
	case row.past:
		feed = 0 // which is before the beginning of every feed
	case !row.pending:
		feed = row.seq
	}
	// What a removed site's comment is held for, nobody can decide.
	row.over = d.Action == models.Hold && tx.w.s.removedSite(row.rev.SiteID)
	_, err := tx.exec(`INSERT INTO decisions (seq, feed_seq, revision_seq, site_id, sequence, judged, current, action, source,
		actor_kind, actor_name, score, reasons, facts, policy_id, model_version, decided_at, note, shadow)
		VALUES (?1, ?16, ?2, ?3, ?4, ?5, ?19, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?17, ?18)`,
		row.seq, row.rev.Seq, row.rev.SiteID, row.sequence, flag(d.Judged), string(d.Action), string(d.Source),
		d.Actor.Kind, d.Actor.Name, d.Score, row.reasons, row.facts, row.policy, d.ModelVersion, d.DecidedAt.UnixMilli(), feed, d.Note, row.shadow, flag(!row.over))
	if err != nil {
		return err
	}
	if !row.past {
		tx.tallyDecision(row.rev.SiteID, d)
	}
	if d.Action == models.Hold && !row.over {
		return insertHeld(tx, row)
	}
	return nil
}

// failures tells which decisions could not be stored.
func (op *deciding) failures() (errs []error) {
	for i := range op.rows {
		if row := &op.rows[i]; row.err != nil {
			errs = append(errs, notStored(row.rev, row.err))
		}
	}
	return errs
}

func notStored(rev *models.Revision, err error) error {
	return fmt.Errorf("store decision of comment %q: %w", rev.Comment.ID, err)
}

func (op *deciding) committed(o Observer) {
	announce(op.s, o, op.rows)
}

// announce completes stored decisions and tells the observer.
func announce(s *Store, o Observer, rows []decisionRow) {
	ds := make([]*models.Decision, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		if !row.stored {
			continue
		}
		d := row.d
		d.Seq, d.RevisionSeq, d.SiteID = row.seq, row.rev.Seq, row.rev.SiteID
		d.Site, d.CommentID, d.Revision, d.Sequence = row.rev.Site, row.rev.Comment.ID, row.rev.Number, row.sequence
		if row.released != nil {
			ds = append(ds, row.released)
		}
		if !row.pending {
			d.FeedSeq = d.Seq
		}
		d.Meta, d.ReceivedAt = row.rev.Comment.Meta, row.rev.ReceivedAt
		d.ID = decisionID(d.DecidedAt, s.epochOf(d.Seq), d.Seq)
		s.count(row)
		if row.pending {
			o.Ruled(d)
		} else {
			ds = append(ds, d)
		}
		if row.wasOpen {
			o.Settled(d.SiteID, d.RevisionSeq)
		}
	}
	if len(ds) > 0 {
		o.Decided(ds)
	}
}

// count keeps the gauges that would otherwise need a scan.
func (s *Store) count(row *decisionRow) {
	if row.d.Action == models.Hold && !row.over {
		s.held.Add(1)
	}
	if row.unheld {
		s.held.Add(-1)
	}
	if row.dead && !row.over {
		s.dead.Add(1)
	}
	if row.wasDead {
		s.dead.Add(-1)
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// policyIDs remembers the rows of policy texts.
type policyIDs struct {
	mu  sync.RWMutex
	ids map[string]int64
}

// LoadedPolicy stores a policy's text under its version and notes that it is in
// force from now on.
func (s *Store) LoadedPolicy(ctx context.Context, version string, text []byte) error {
	op := &policyLoad{s: s, version: version, text: string(text)}
	if err := s.writer.do(ctx, op); err != nil {
		return fmt.Errorf("store policy: %w", err)
	}
	return nil
}

type policyLoad struct {
	s             *Store
	version, text string
	id            int64
}

func (op *policyLoad) apply(tx *tx) error {
	if _, err := tx.exec("INSERT INTO policies (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", op.version, op.text); err != nil {
		return err
	}
	if _, err := tx.get("SELECT id FROM policies WHERE hash = ?", []any{op.version}, &op.id); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO policy_loads (seq, policy_id, loaded_at) VALUES (?, ?, ?)",
		tx.next(), op.id, op.s.opts.Now().UnixMilli())
	return err
}

func (op *policyLoad) committed(Observer) { op.s.policy.remember(op.version, op.id) }

// policyID finds the row of a policy's text; nil for no version. The error wraps
// models.ErrNotFound if it was never loaded, and models.ErrUnavailable if it cannot be read.
func (s *Store) policyID(ctx context.Context, version string) (any, error) {
	if version == "" {
		return nil, nil
	}
	s.policy.mu.RLock()
	id, ok := s.policy.ids[version]
	s.policy.mu.RUnlock()
	if ok {
		return id, nil
	}
	err := s.readers.QueryRowContext(ctx, "SELECT id FROM policies WHERE hash = ?", version).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("policy %s was never loaded: %w", version, models.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read policy: %w: %w", err, models.ErrUnavailable)
	}
	s.policy.remember(version, id)
	return id, nil
}

func (p *policyIDs) remember(version string, id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		p.ids = map[string]int64{}
	}
	p.ids[version] = id
}
