package history

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/winnowd/winnow/models"
)

// Source is what an export is read from.
type Source interface {
	// Export reads a page of what a site has above one seq and up to another, or to the
	// present end if that is 0.
	Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error)
	// PolicyText reads the text of a policy that judged.
	PolicyText(ctx context.Context, version string) (string, error)
}

// Exported counts what an export has written.
type Exported struct {
	Revisions int `json:"revisions"`
	Decisions int `json:"decisions"`
	Labels    int `json:"labels"`
	Policies  int `json:"policies"`
}

// Export writes everything that is stored for a site, up to what was stored when it
// began, page by page. progress is told after each page how far it has come, from 0
// to 1.
func Export(ctx context.Context, w io.Writer, src Source, site *models.Site, progress func(float64, Exported)) (Exported, error) {
	x := exporter{w: w, src: src, policies: map[string]bool{}}
	if err := WriteHeader(w, site, time.Now()); err != nil {
		return x.n, err
	}
	var after, upTo int64
	for {
		page, err := src.Export(ctx, site.ID, after, upTo)
		if err != nil {
			return x.n, err
		}
		for i := range page.Entries {
			if err := x.entry(ctx, &page.Entries[i]); err != nil {
				return x.n, err
			}
		}
		if page.Done {
			return x.n, nil
		}
		after, upTo = page.Next, page.Last
		progress(float64(after)/float64(upTo), x.n)
	}
}

type exporter struct {
	w        io.Writer
	src      Source
	policies map[string]bool // written already
	n        Exported
}

func (x *exporter) entry(ctx context.Context, e *models.HistoryEntry) error {
	if e.Label != nil {
		x.n.Labels++
	}
	if e.Revision != nil {
		x.n.Revisions++
		x.n.Decisions += len(e.Revision.Decisions)
		for i := range e.Revision.Decisions {
			if err := x.policy(ctx, e.Revision.Decisions[i].PolicyVersion); err != nil {
				return err
			}
		}
	}
	return WriteEntry(x.w, e)
}

// policy writes the policy that a decision names, before the first that does.
func (x *exporter) policy(ctx context.Context, version string) error {
	if version == "" || x.policies[version] {
		return nil
	}
	text, err := x.src.PolicyText(ctx, version)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	x.policies[version] = true
	x.n.Policies++
	return WriteEntry(x.w, &models.HistoryEntry{Policy: &models.StoredPolicy{Version: version, Text: text}})
}
