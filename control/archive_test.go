package control

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func (r *record) Import(_ context.Context, site string, entries []models.HistoryEntry) (models.Imported, error) {
	r.entries = entries
	return models.Imported{Comments: len(entries), Bad: []*models.RowError{{Line: 3, Err: "no"}}}, r.note("import %s %d", site, len(entries))
}

func (r *record) EraseComments(_ context.Context, refs []models.CommentRef) (int, error) {
	return len(refs), r.note("erase %v", refs)
}

func (r *record) Backup(_ context.Context, path string, replace bool) (models.Backup, error) {
	return models.Backup{Path: path, Bytes: 5}, r.note("backup %s %v", path, replace)
}

func (r *record) Export(_ context.Context, siteID, after, upTo int64) (*models.ExportPage, error) {
	return &models.ExportPage{Entries: r.entries, Next: 9}, r.note("export %d %d %d", siteID, after, upTo)
}

func (r *record) PolicyText(_ context.Context, version string) (string, error) {
	return "rules: []", r.note("policy %s", version)
}

func (r *record) FindComments(_ context.Context, q models.PersonQuery) (*models.PersonPage, error) {
	return &models.PersonPage{Next: q.After + 1, Done: true}, r.note("find %d %x %s", q.SiteID, q.Email, q.Author)
}

func TestRequestsAboutTheArchiveReachTheOwner(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	entries := []models.HistoryEntry{{Line: 2, Revision: &models.StoredRevision{
		CommentID: "c-1", Revision: 1, State: models.Decided, ReceivedAt: time.UnixMilli(1500).UTC(), Message: []byte{1},
		Comment:   &models.Comment{ID: "c-1", Content: "x", Meta: []byte("{}")},
		Decisions: []models.StoredDecision{{Sequence: 1, Score: 0.1, Reasons: []models.Reason{{Rule: "r"}}, DecidedAt: time.UnixMilli(2001).UTC()}},
	}}}
	n, err := c.Import(t.Context(), "blog", entries)
	if err != nil || n.Comments != 1 || len(n.Bad) != 1 || n.Bad[0].Line != 3 {
		t.Errorf("import: %+v, %v", n, err)
	}
	if page, err := c.Export(t.Context(), 1, 2, 3); err != nil || page.Next != 9 || !reflect.DeepEqual(page.Entries, entries) {
		t.Errorf("export: %+v, %v", page, err)
	}
	if n, err := c.EraseComments(t.Context(), []models.CommentRef{{SiteID: 1, Site: "blog", CommentID: "c-1"}}); err != nil || n != 1 {
		t.Errorf("erase: %d, %v", n, err)
	}
	if b, err := c.Backup(t.Context(), "/b", true); err != nil || b.Bytes != 5 {
		t.Errorf("backup: %+v, %v", b, err)
	}
	if text, err := c.PolicyText(t.Context(), "sha256:1"); err != nil || text != "rules: []" {
		t.Errorf("policy: %q, %v", text, err)
	}
	if page, err := c.FindComments(t.Context(), models.PersonQuery{SiteID: 1, Email: []byte{0xab}, Author: "Ann", After: 4}); err != nil || page.Next != 5 || !page.Done {
		t.Errorf("find: %+v, %v", page, err)
	}
	want := "import blog 1|export 1 2 3|erase [{1 blog c-1}]|backup /b true|policy sha256:1|find 1 ab Ann"
	if got := strings.Join(r.calls, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r.err = models.ErrConflict
	if _, err := c.Backup(t.Context(), "/b", false); !errors.Is(err, models.ErrConflict) {
		t.Errorf("got %v", err)
	}
}
