package store

import (
	"context"
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// Accept stores a revision as queued and returns once it is on disk. The same body
// again, a replay of a message that made or repeated any revision, or an older edit than
// the newest, stores nothing but its message and says how the comment stands. After a
// removal the same body is a new revision. The error wraps models.ErrConflict for a
// comment that was erased, models.ErrNotFound if its site was removed,
// models.ErrInvalid if its meta is no JSON, and models.ErrUnavailable if nothing could
// be stored.
//
// rev's Seq and Number are set when it is stored; it belongs to the store and the
// queue from the call on. When ctx ends first its error is returned, and the
// revision may be stored all the same, whole.
func (s *Store) Accept(ctx context.Context, rev *models.Revision) (models.Receipt, error) {
	op, err := s.acceptance(rev)
	if err != nil {
		return models.Receipt{}, err
	}
	if err := s.writer.do(ctx, &op); err != nil {
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

// acceptance prepares the storing of a revision.
func (s *Store) acceptance(rev *models.Revision) (acceptance, error) {
	if len(rev.Comment.Meta) > 0 && !isJSON(rev.Comment.Meta) {
		return acceptance{}, fmt.Errorf("accept comment: its meta is not JSON: %w", models.ErrInvalid)
	}
	body := models.AppendComment(make([]byte, 0, 512+len(rev.Comment.Content)), &rev.Comment)
	fp := models.Fingerprint(&rev.Comment)
	return acceptance{s: s, rev: rev, body: string(body), fingerprint: fp[:]}, nil
}

const insertRevision = `INSERT INTO revisions (seq, site_id, comment_id, revision, state, protocol, received_at,
	submitted_at, edited_at, fingerprint, person_key, email_key, ip_key, text_key, meta, body, message)
	VALUES (?, ?, ?, ?, 'decided', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (site_id, comment_id, revision) DO NOTHING`

func (op *acceptance) apply(tx *tx) error {
	op.receipt, op.superseded, op.undead = models.Receipt{}, 0, false
	if op.s.removedSite(op.rev.SiteID) {
		return fmt.Errorf("site %q was removed: %w", op.rev.Site, models.ErrNotFound)
	}
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
		r.Keys.Person, r.Keys.Email, r.Keys.IP, textKey(r.Keys.Text), optional(r.Comment.Meta), op.body, r.Message)
	if err != nil || n == 0 {
		return false, err
	}
	seq := tx.next()
	if err := tx.enqueue(seq, r.SiteID, r.ReceivedAt.UnixMilli()); err != nil {
		return false, err
	}
	op.receipt = models.Receipt{Seq: seq, Revision: number}
	return true, nil
}

// revise makes the next revision of a comment that is there already.
func (op *acceptance) revise(tx *tx) error {
	var (
		seq         int64
		number      int
		gone        int
		dead        bool
		state       models.State
		fingerprint []byte
		messages    []byte
		edited      *int64
	)
	found, err := tx.get("SELECT r.seq, r.revision, "+stateOf+`, r.dead, r.removed, r.fingerprint, r.message, r.edited_at FROM revisions r
		WHERE r.site_id = ? AND r.comment_id = ? ORDER BY r.revision DESC LIMIT 1`,
		[]any{op.rev.SiteID, op.rev.Comment.ID}, &seq, &number, &state, &dead, &gone, &fingerprint, &messages, &edited)
	if err != nil || !found {
		return err
	}
	if gone == erased {
		return fmt.Errorf("comment %q was erased: %w", op.rev.Comment.ID, models.ErrConflict)
	}
	if op.rev.Message != nil {
		if replayed, err := op.replay(tx, state); err != nil || replayed {
			return err
		}
	}
	late := edited != nil && !op.rev.Comment.EditedAt.IsZero() && op.rev.Comment.EditedAt.UnixMilli() < *edited
	if late || string(fingerprint) == string(op.fingerprint) {
		op.receipt = models.Receipt{Seq: seq, Revision: number, Decided: state == models.Decided, Repeated: true}
		return op.remember(tx, seq, messages)
	}
	if _, err := op.insert(tx, number+1); err != nil {
		return err
	}
	switch {
	case state == models.Queued:
		op.superseded = seq
		err = tx.supersede(seq)
	case dead:
		op.undead = true
		_, err = tx.exec("UPDATE revisions SET dead = 0 WHERE seq = ?", seq)
	}
	return err
}

// replay looks for the revision that the same signed message made or repeated, however
// many came after it; state is that of the newest.
func (op *acceptance) replay(tx *tx, state models.State) (found bool, err error) {
	var seq int64
	var number int
	found, err = tx.get("SELECT seq, revision FROM revisions WHERE site_id = ? AND comment_id = ? AND instr(message, ?) > 0 LIMIT 1",
		[]any{op.rev.SiteID, op.rev.Comment.ID, op.rev.Message}, &seq, &number)
	if found {
		op.receipt = models.Receipt{Seq: seq, Revision: number, Decided: state == models.Decided, Repeated: true}
	}
	return found, err
}

// maxMessages bounds what is remembered of the messages of one revision, in bytes: 256
// messages of 16 bytes.
const maxMessages = 4096

// remember adds the message that repeated a revision to the messages of that revision, so
// that a replay of it repeats it still when other revisions have followed. Of too many the
// oldest are forgotten.
func (op *acceptance) remember(tx *tx, seq int64, messages []byte) error {
	if op.rev.Message == nil {
		return nil
	}
	messages = append(messages, op.rev.Message...)
	if over := len(messages) - maxMessages; over > 0 {
		messages = messages[over:]
	}
	_, err := tx.exec("UPDATE revisions SET message = ? WHERE seq = ?", messages, seq)
	return err
}

// settle completes a revision that was stored; false if nothing was.
func (op *acceptance) settle() bool {
	if op.receipt.Repeated {
		return false
	}
	op.rev.Seq, op.rev.Number = op.receipt.Seq, op.receipt.Revision
	if op.undead {
		op.s.dead.Add(-1)
	}
	return true
}

func (op *acceptance) committed(o Observer) {
	if !op.settle() {
		return
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

// optional is text as stored; nil if there is none.
func optional(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return string(b)
}

func textKey(k uint64) any {
	if k == 0 {
		return nil
	}
	return int64(k)
}
