package moderation

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/winnowd/winnow/models"
)

// History stores entries of comment histories.
type History interface {
	// Import stores a first part of the entries, each at most once, and tells how many
	// that are and what became of them.
	Import(ctx context.Context, site *models.Site, entries []models.HistoryEntry) (n models.Imported, done int, err error)
}

// Import stores entries of a history at a site and learns its labels. A comment that
// was labelled elsewhere becomes a comment with that decision and a label of origin
// import: it trains, and it is history; it is not judged, not delivered and in no feed.
// The same entries again change nothing. The entries belong to the service from the
// call on.
func (s *Service) Import(ctx context.Context, site *models.Site, entries []models.HistoryEntry) (models.Imported, error) {
	var total models.Imported
	items := make([]models.HistoryEntry, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Labelled != nil && e.Labelled.Label == "":
			total.Unlabelled++
		case e.Labelled != nil:
			items = append(items, s.labelledElsewhere(site, e))
		default:
			if e.Revision != nil && e.Revision.Comment != nil {
				e.Revision.Keys = s.o.Keys(site.Name, e.Revision.Comment)
			}
			items = append(items, *e)
		}
	}
	for len(items) > 0 {
		n, done, err := s.o.History.Import(ctx, site, items)
		if err != nil {
			return total, err
		}
		s.labels.WithLabelValues(string(models.Ham), string(models.OriginImport)).Add(float64(n.Ham))
		s.labels.WithLabelValues(string(models.Spam), string(models.OriginImport)).Add(float64(n.Spam))
		total.Add(n)
		items = items[done:]
	}
	if total.Labels == 0 {
		return total, nil
	}
	return total, s.o.Learner.CatchUp(ctx)
}

// labelledElsewhere makes the revision, the decision and the label of a comment that
// was moderated elsewhere.
func (s *Service) labelledElsewhere(site *models.Site, e *models.HistoryEntry) models.HistoryEntry {
	c, now := &e.Labelled.Comment, s.o.Now().UTC().Truncate(time.Millisecond)
	if c.ID == "" {
		said := models.Fingerprint(c)
		c.ID = "import-" + hex.EncodeToString(said[:])
	}
	received := now
	if at := c.SubmittedAt; !at.IsZero() && at.Before(now) {
		received = at.UTC().Truncate(time.Millisecond)
	}
	keys := s.o.Keys(site.Name, c)
	rev := &models.Revision{SiteID: site.ID, Site: site.Name, Number: 1, Protocol: "import", ReceivedAt: received, Comment: *c, Keys: keys}
	read := &models.Case{Site: site, Revision: rev, Text: s.o.Read(c.Content, c.ContentType)}
	d := s.decision(models.Labelling{Site: site, CommentID: c.ID, Label: e.Labelled.Label, Origin: models.OriginImport, Actor: models.SiteAdmin}, read)
	lesson := s.o.Lesson(read.Text, c)
	return models.HistoryEntry{
		Line: e.Line,
		Revision: &models.StoredRevision{
			CommentID: c.ID, Revision: 1, State: models.Decided, Protocol: rev.Protocol, ReceivedAt: received, Comment: c, Keys: keys,
			Decisions: []models.StoredDecision{{
				Sequence: 1, Action: d.Action, Source: d.Source, Actor: d.Actor, Score: d.Score, Reasons: d.Reasons,
				ModelVersion: d.ModelVersion, DecidedAt: d.DecidedAt,
			}},
		},
		Label: &models.StoredLabel{
			CommentID: c.ID, Revision: 1, Label: e.Labelled.Label, Origin: models.OriginImport, Actor: models.SiteAdmin,
			Shared: site.ShareLabels, Tokenizer: s.o.Tokenizer, LabelledAt: now, Lesson: &lesson,
		},
	}
}
