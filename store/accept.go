package store

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// Accept stores a revision as queued and returns once it is on disk. The same body
// again, or an older edit than the newest, stores nothing and says how the comment
// stands. The error wraps models.ErrConflict for a comment that was erased, and
// models.ErrUnavailable if nothing could be stored.
//
// On success rev's Seq and Number are set; rev belongs to the queue from then on.
func (s *Store) Accept(ctx context.Context, rev *models.Revision) (models.Receipt, error) {
	body, err := json.Marshal(&rev.Comment, models.WireJSON())
	if err != nil {
		return models.Receipt{}, fmt.Errorf("encode comment: %w", err)
	}
	fp := models.Fingerprint(&rev.Comment)
	op := &acceptance{s: s, rev: rev, body: string(body), fingerprint: fp[:]}
	if err := s.writer.do(ctx, op); err != nil {
		return models.Receipt{}, fmt.Errorf("accept comment: %w", err)
	}
	return op.receipt, nil
}

type acceptance struct {
	s           *Store
	rev         *models.Revision
	body        string
	fingerprint []byte

	receipt    models.Receipt
	superseded int64
	undead     bool // the revision before it was dead, which is moot now
}

const insertRevision = `INSERT INTO revisions (seq, site_id, comment_id, revision, state, protocol, received_at,
	submitted_at, edited_at, fingerprint, person_key, email_key, ip_key, text_key, body)
	VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (site_id, comment_id, revision) DO NOTHING`

func (op *acceptance) apply(tx *tx) error {
	op.superseded, op.undead = 0, false
	// Nearly every comment is new: try that before looking for an earlier revision.
	ok, err := op.insert(tx, 1)
	if err != nil || ok {
		return err
	}
	return op.revise(tx)
}

// insert stores the revision with a number, unless there is one of that number.
func (op *acceptance) insert(tx *tx, number int) (ok bool, err error) {
	r := op.rev
	n, err := tx.exec(insertRevision, tx.seq+1, r.SiteID, r.Comment.ID, number, r.Protocol, r.ReceivedAt.UnixMilli(),
		millis(r.Comment.SubmittedAt), millis(r.Comment.EditedAt), op.fingerprint,
		r.Keys.Person, r.Keys.Email, r.Keys.IP, textKey(r.Keys.Text), op.body)
	if err != nil || n == 0 {
		return false, err
	}
	seq := tx.next()
	op.receipt = models.Receipt{Seq: seq, Revision: number}
	return true, nil
}

// revise makes the next revision of a comment that is there already.
func (op *acceptance) revise(tx *tx) error {
	var (
		seq         int64
		number      int
		removed     int
		dead        bool
		state       models.State
		fingerprint []byte
		edited      *int64
	)
	found, err := tx.get(`SELECT seq, revision, state, dead, removed, fingerprint, edited_at FROM revisions
		WHERE site_id = ? AND comment_id = ? ORDER BY revision DESC LIMIT 1`,
		[]any{op.rev.SiteID, op.rev.Comment.ID}, &seq, &number, &state, &dead, &removed, &fingerprint, &edited)
	if err != nil || !found {
		return err
	}
	if removed == 2 {
		return fmt.Errorf("comment %q was erased: %w", op.rev.Comment.ID, models.ErrConflict)
	}
	late := edited != nil && !op.rev.Comment.EditedAt.IsZero() && op.rev.Comment.EditedAt.UnixMilli() < *edited
	if late || string(fingerprint) == string(op.fingerprint) {
		op.receipt = models.Receipt{Seq: seq, Revision: number, Decided: state == models.Decided, Repeated: true}
		return nil
	}
	if _, err := op.insert(tx, number+1); err != nil {
		return err
	}
	switch {
	case state == models.Queued:
		op.superseded = seq
		_, err = tx.exec("UPDATE revisions SET state = 'superseded' WHERE seq = ?", seq)
	case dead:
		op.undead = true
		_, err = tx.exec("UPDATE revisions SET dead = 0 WHERE seq = ?", seq)
	}
	return err
}

func (op *acceptance) committed(o Observer) {
	if op.receipt.Repeated {
		return
	}
	op.rev.Seq, op.rev.Number = op.receipt.Seq, op.receipt.Revision
	if op.undead {
		op.s.dead.Add(-1)
	}
	o.Accepted([]*models.Revision{op.rev})
	if op.superseded != 0 {
		o.Settled(op.rev.SiteID, op.superseded)
	}
}

// millis is a time as stored; nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func textKey(k uint64) any {
	if k == 0 {
		return nil
	}
	return int64(k)
}
