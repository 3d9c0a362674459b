package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// labelledProtocol marks the revisions that came with labelled history.
const labelledProtocol = "import"

// Import stores entries of a history at a site, each at most once: policies, revisions
// with their decisions, labels, and comments that were labelled elsewhere, which are
// entries with a revision and a label of origin import. What was decided elsewhere
// stands in the comment's history, but in no feed, and is delivered to nobody; only a
// queued revision is judged like any other.
//
// It works in steps that let others go first, and stores a first part of the entries:
// done tells how many. The error wraps models.ErrNotFound if there is no such site.
func (s *Store) Import(ctx context.Context, site *models.Site, entries []models.HistoryEntry) (n models.Imported, done int, err error) {
	op := &importing{s: s, site: site, entries: make([]importEntry, min(len(entries), stepRows))}
	for i := range op.entries {
		op.entries[i].e = &entries[i]
	}
	if err := s.writer.step(ctx, op); err != nil {
		return models.Imported{}, 0, fmt.Errorf("import: %w", err)
	}
	for i := range op.entries[:op.done] {
		n.Add(op.entries[i].n)
	}
	return n, op.done, nil
}

type importing struct {
	s       *Store
	site    *models.Site
	entries []importEntry
	done    int
}

// importEntry is one entry and what came of it.
type importEntry struct {
	e      *models.HistoryEntry
	n      models.Imported
	rows   []decisionRow
	rev    *models.Revision // queued
	opened []int64          // revisions that are queued no more
	dead   int64
}

// taught counts a new label.
func (it *importEntry) taught(l *models.StoredLabel) {
	it.n.Labels++
	if l.Label == models.Ham {
		it.n.Ham++
	} else {
		it.n.Spam++
	}
}

func (op *importing) apply(tx *tx) error {
	op.done = 0
	if op.s.removedSite(op.site.ID) || op.s.name(op.site.ID) == "" {
		return fmt.Errorf("site %q: %w", op.site.Name, models.ErrNotFound)
	}
	for i := range op.entries {
		if i > 0 && tx.late() {
			break
		}
		it := &op.entries[i]
		*it = importEntry{e: it.e}
		err := tx.alone(func() error { return op.entry(tx, it) })
		switch {
		case err == nil:
		case tx.careful && isOwn(err), refused(err):
			*it = importEntry{e: it.e}
			it.n.Bad = []*models.RowError{{Line: it.e.Line, Err: err.Error()}}
		default:
			return err
		}
		op.done++
	}
	return nil
}

// entry stores one entry. It must change nothing before it declines.
func (op *importing) entry(tx *tx, it *importEntry) error {
	e := it.e
	switch {
	case e.Policy != nil:
		_, err := tx.exec("INSERT INTO policies (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", e.Policy.Version, e.Policy.Text)
		return err
	case e.Revision != nil && e.Label != nil:
		return op.labelled(tx, it)
	case e.Revision != nil:
		return op.revision(tx, it)
	case e.Label != nil:
		return op.label(tx, it)
	}
	return nil
}

// newestOf is the newest revision of a comment.
type newestOf struct {
	seq      int64
	number   int
	gone     int
	protocol string
	found    bool
}

func (op *importing) newest(tx *tx, comment string) (n newestOf, err error) {
	n.found, err = tx.get(`SELECT seq, revision, removed, protocol FROM revisions
		WHERE site_id = ? AND comment_id = ? ORDER BY revision DESC LIMIT 1`,
		[]any{op.site.ID, comment}, &n.seq, &n.number, &n.gone, &n.protocol)
	return n, err
}

// labelled stores a comment that was labelled elsewhere. One that is there already gets
// the label, unless a person has labelled it here, or a moderator has decided it without a
// label.
func (op *importing) labelled(tx *tx, it *importEntry) error {
	r, l := it.e.Revision, it.e.Label
	newest, err := op.newest(tx, r.CommentID)
	if err != nil {
		return err
	}
	switch newest.gone {
	case erased:
		it.n.Erased++
		return nil
	case removed:
		it.n.Known++
		return nil
	}
	var active int64
	var label models.Label
	var origin models.Origin
	standing, err := tx.get("SELECT seq, label, origin FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL",
		[]any{op.site.ID, r.CommentID}, &active, &label, &origin)
	if err != nil {
		return err
	}
	if standing && (label == l.Label || origin != models.OriginImport) {
		it.n.Known++
		return nil
	}
	if standing {
		if err := tx.retract(active, "relabel", l.Actor, l.LabelledAt); err != nil {
			return err
		}
	} else if newest.found {
		if d, err := tx.current(op.site.ID, r.CommentID); err != nil {
			return err
		} else if d != nil && d.Actor.IsUser() {
			it.n.Known++
			return nil
		}
	}
	var of any // NULL for a comment that came otherwise, which a person can still decide on
	if !newest.found {
		if newest.seq, err = op.insertRevision(tx, r); err != nil {
			return err
		}
		it.n.Comments++
	}
	if !newest.found || newest.protocol == labelledProtocol {
		of = newest.seq
		if err := op.decisions(tx, it, newest.seq, true); err != nil {
			return err
		}
	}
	it.taught(l)
	return op.insertLabel(tx, l, tx.next(), of, nil)
}

// revision stores a revision that another winnow had.
func (op *importing) revision(tx *tx, it *importEntry) error {
	r := it.e.Revision
	if r.State == models.Queued && (r.Dead || r.Removed != "") {
		return fmt.Errorf("revision %d of comment %q is queued, so that it can be neither dead nor removed: %w", r.Revision, r.CommentID, models.ErrInvalid)
	}
	newest, err := op.newest(tx, r.CommentID)
	if err != nil {
		return err
	}
	if newest.gone == erased {
		it.n.Erased++
		return nil
	}
	var seq int64
	known, err := tx.get("SELECT seq FROM revisions WHERE site_id = ? AND comment_id = ? AND revision = ?",
		[]any{op.site.ID, r.CommentID, r.Revision}, &seq)
	if err != nil {
		return err
	}
	if known {
		it.n.Known++
		return nil
	}
	if r.State == models.Queued && newest.number > r.Revision {
		r.State = models.Superseded
	}
	if err := op.supersede(tx, it); err != nil {
		return err
	}
	if seq, err = op.insertRevision(tx, r); err != nil {
		return err
	}
	it.n.Comments++
	if r.Dead {
		it.dead++
	}
	if r.State == models.Queued {
		it.rev = op.queued(r, seq)
	}
	return op.decisions(tx, it, seq, r.Removed == "")
}

// supersede ends the waiting of older revisions of the comment.
func (op *importing) supersede(tx *tx, it *importEntry) error {
	r := it.e.Revision
	var waited []int64
	err := tx.each(`SELECT r.seq FROM revisions r JOIN queued q ON q.revision_seq = r.seq
		WHERE r.site_id = ? AND r.comment_id = ? AND r.revision < ?`,
		[]any{op.site.ID, r.CommentID, r.Revision}, func(scan func(...any) error) error {
			var seq int64
			if err := scan(&seq); err != nil {
				return err
			}
			waited = append(waited, seq)
			return nil
		})
	for _, seq := range waited {
		if err == nil {
			err = tx.supersede(seq)
		}
	}
	it.opened = append(it.opened, waited...)
	return err
}

// queued is the revision as the judge gets it.
func (op *importing) queued(r *models.StoredRevision, seq int64) *models.Revision {
	return &models.Revision{
		Seq: seq, SiteID: op.site.ID, Site: op.site.Name, Number: r.Revision, Protocol: r.Protocol, ReceivedAt: r.ReceivedAt,
		Comment: *r.Comment, Keys: r.Keys, Message: r.Message, Attempts: r.Attempts, PutBack: true,
	}
}

func (op *importing) insertRevision(tx *tx, r *models.StoredRevision) (seq int64, err error) {
	gone := 0
	for n, word := range removals() {
		if r.Removed == word {
			gone = n
		}
	}
	var body, meta, submitted, edited, message any
	fingerprint := []byte{}
	if c := r.Comment; c != nil {
		plain := *c
		plain.Meta = nil
		if body, err = encode(&plain); err != nil {
			return 0, fmt.Errorf("encode comment: %w", err)
		}
		fp := models.Fingerprint(c)
		fingerprint, meta = fp[:], optional(c.Meta)
		submitted, edited = millis(c.SubmittedAt), millis(c.EditedAt)
	}
	if len(r.Message) > 0 {
		message = r.Message
	}
	var cause any
	if r.LastError != "" {
		cause = r.LastError
	}
	seq, state := tx.next(), r.State
	if state == models.Queued {
		state = models.Decided
		if err := tx.enqueue(seq, op.site.ID, nil); err != nil {
			return 0, err
		}
	}
	_, err = tx.exec(`INSERT INTO revisions (seq, site_id, comment_id, revision, state, attempts, last_error, dead, put_back, removed, protocol,
			received_at, submitted_at, edited_at, fingerprint, person_key, email_key, ip_key, text_key, message, meta, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		seq, op.site.ID, r.CommentID, r.Revision, string(state), r.Attempts, cause, flag(r.Dead), flag(r.State == models.Queued), gone, r.Protocol,
		r.ReceivedAt.UnixMilli(), submitted, edited, fingerprint, r.Keys.Person, r.Keys.Email, r.Keys.IP, textKey(r.Keys.Text), message, meta, body)
	return seq, err
}

// decisions stores an entry's decisions. The last one is the comment's current one if
// current is true.
func (op *importing) decisions(tx *tx, it *importEntry, revision int64, current bool) error {
	r := it.e.Revision
	rev := &models.Revision{Seq: revision, SiteID: op.site.ID, Site: op.site.Name, Number: r.Revision, ReceivedAt: r.ReceivedAt, Keys: r.Keys}
	if rev.Comment.ID = r.CommentID; r.Comment != nil {
		rev.Comment = *r.Comment
	}
	for i := range r.Decisions {
		row, err := op.decision(tx, &r.Decisions[i], rev)
		if err != nil {
			return err
		}
		if err := succeed(tx, &row, op.site.ID, r.CommentID); err != nil {
			return err
		}
		row.sequence = max(row.sequence, r.Decisions[i].Sequence)
		row.seq = tx.next()
		if err := insertDecision(tx, &row); err != nil {
			return err
		}
		row.stored = true
		if !current {
			if _, err := tx.exec("UPDATE decisions SET current = 0 WHERE seq = ?", row.seq); err != nil {
				return err
			}
			row.stored = false
		}
		it.rows = append(it.rows, row)
	}
	return nil
}

func (op *importing) decision(tx *tx, d *models.StoredDecision, rev *models.Revision) (row decisionRow, err error) {
	row = decisionRow{rev: rev, past: true, d: &models.Decision{
		Action: d.Action, Source: d.Source, Actor: d.Actor, Score: d.Score, Judged: d.Judged, ModelVersion: d.ModelVersion, DecidedAt: d.DecidedAt,
		Reasons: d.Reasons, Note: d.Note,
	}}
	if d.Action == models.Hold {
		row.held = op.s.searchText(&rev.Comment)
	}
	if row.reasons, err = encode(d.Reasons); err == nil {
		row.facts, err = encode(&d.Facts)
	}
	if err == nil && len(d.Shadow) > 0 {
		row.shadow, err = encode(d.Shadow)
	}
	if err != nil {
		return row, fmt.Errorf("encode decision: %w", err)
	}
	var policy int64
	found, err := tx.get("SELECT id FROM policies WHERE hash = ?", []any{d.PolicyVersion}, &policy)
	if found {
		row.policy = policy
	}
	return row, err
}

// label stores a label that another winnow had.
func (op *importing) label(tx *tx, it *importEntry) error {
	l := it.e.Label
	newest, err := op.newest(tx, l.CommentID)
	if err != nil {
		return err
	}
	if newest.gone == erased && l.Lesson != nil {
		it.n.Erased++
		return nil
	}
	known, err := op.knownLabel(tx, l)
	if err != nil {
		return err
	}
	if known {
		it.n.Known++
		return nil
	}
	var of any
	var seq int64
	found, err := tx.get("SELECT seq FROM revisions WHERE site_id = ? AND comment_id = ? AND revision = ?",
		[]any{op.site.ID, l.CommentID, l.Revision}, &seq)
	if err != nil {
		return err
	}
	if found {
		of = seq
	}
	it.taught(l)
	at := tx.next()
	if l.Retracted == nil {
		return op.insertLabel(tx, l, at, of, nil)
	}
	if err := op.insertLabel(tx, l, at, of, tx.next()); err != nil {
		return err
	}
	t := l.Retracted
	_, err = tx.exec("INSERT INTO retractions (seq, label_seq, reason, actor_kind, actor_name, retracted_at) VALUES (?, ?, ?, ?, ?, ?)",
		tx.seq, at, t.Reason, t.Actor.Kind, t.Actor.Name, t.At.UnixMilli())
	return err
}

// knownLabel tells whether a label was imported before, or must give way to one that
// stands.
func (op *importing) knownLabel(tx *tx, l *models.StoredLabel) (known bool, err error) {
	var n int
	if l.Retracted == nil {
		return tx.get("SELECT 1 FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL", []any{op.site.ID, l.CommentID}, &n)
	}
	return tx.get(`SELECT 1 FROM labels INDEXED BY labels_retracted WHERE site_id = ? AND comment_id = ? AND retracted_by IS NOT NULL
		AND label = ? AND origin = ? AND labelled_at = ? LIMIT 1`,
		[]any{op.site.ID, l.CommentID, string(l.Label), string(l.Origin), l.LabelledAt.UnixMilli()}, &n)
}

func (op *importing) insertLabel(tx *tx, l *models.StoredLabel, seq int64, revision, retracted any) error {
	var lesson any
	if l.Lesson != nil {
		text, err := encode(l.Lesson)
		if err != nil {
			return fmt.Errorf("encode lesson: %w", err)
		}
		lesson = text
	}
	_, err := tx.exec(`INSERT INTO labels (seq, site_id, comment_id, revision_seq, label, origin, actor_kind, actor_name,
		shared, tokenizer, lesson, labelled_at, retracted_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		seq, op.site.ID, l.CommentID, revision, string(l.Label), string(l.Origin), l.Actor.Kind, l.Actor.Name,
		flag(l.Shared), l.Tokenizer, lesson, l.LabelledAt.UnixMilli(), retracted)
	return err
}

func (op *importing) committed(o Observer) {
	labels := 0
	for i := range op.entries[:op.done] {
		it := &op.entries[i]
		labels += it.n.Labels
		op.s.dead.Add(it.dead)
		for j := range it.rows {
			row := &it.rows[j]
			if row.released != nil {
				o.Decided([]*models.Decision{row.released})
			}
			if row.stored {
				op.s.count(row)
			} else if row.unheld {
				op.s.held.Add(-1)
			}
		}
		for _, seq := range it.opened {
			o.Settled(op.site.ID, seq)
		}
		if it.rev != nil {
			o.Accepted([]*models.Revision{it.rev})
		}
	}
	if labels > 0 {
		o.Labelled()
	}
}
