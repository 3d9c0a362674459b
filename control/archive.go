package control

import (
	"context"
	"net/http"

	"github.com/winnowd/winnow/models"
)

// Archive is what commands may ask of the owner of a data directory about all that it
// holds.
type Archive interface {
	// Import stores entries of a history at a site, each at most once.
	Import(ctx context.Context, site string, entries []models.HistoryEntry) (models.Imported, error)
	// EraseComments erases comments and returns how many were there.
	EraseComments(ctx context.Context, refs []models.CommentRef) (int, error)
	// Backup writes a backup to an absolute path, over a file that is there if replace.
	Backup(ctx context.Context, path string, replace bool) (models.Backup, error)
	Pages
}

// Pages are what long readings consist of. A daemon reads for a command, so that one
// that is stopped in the midst does not keep the database's log from being cut back.
type Pages interface {
	// Export reads a page of a site's export.
	Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error)
	// PolicyText reads the text of a policy that judged.
	PolicyText(ctx context.Context, version string) (string, error)
	// FindComments reads a page of the comments of a person.
	FindComments(ctx context.Context, q models.PersonQuery) (*models.PersonPage, error)
}

type (
	importing struct {
		Site    string
		Entries []models.HistoryEntry
	}
	exporting struct{ SiteID, After, UpTo int64 }
	backingUp struct {
		Path    string
		Replace bool
	}
)

func routeArchive(mux *http.ServeMux, a Archive) {
	route(mux, "/import", func(ctx context.Context, r importing) (models.Imported, error) {
		return a.Import(ctx, r.Site, r.Entries)
	})
	route(mux, "/erase", a.EraseComments)
	route(mux, "/backup", func(ctx context.Context, r backingUp) (models.Backup, error) {
		return a.Backup(ctx, r.Path, r.Replace)
	})
	route(mux, "/export", func(ctx context.Context, r exporting) (*models.ExportPage, error) {
		return a.Export(ctx, r.SiteID, r.After, r.UpTo)
	})
	route(mux, "/policy", a.PolicyText)
	route(mux, "/comments", a.FindComments)
}

// Import implements Archive.
func (c *Client) Import(ctx context.Context, site string, entries []models.HistoryEntry) (models.Imported, error) {
	return call[models.Imported](ctx, c, "/import", importing{site, entries})
}

// EraseComments implements Archive.
func (c *Client) EraseComments(ctx context.Context, refs []models.CommentRef) (int, error) {
	return call[int](ctx, c, "/erase", refs)
}

// Backup implements Archive.
func (c *Client) Backup(ctx context.Context, path string, replace bool) (models.Backup, error) {
	return call[models.Backup](ctx, c, "/backup", backingUp{path, replace})
}

// Export implements Pages.
func (c *Client) Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error) {
	return call[*models.ExportPage](ctx, c, "/export", exporting{siteID, after, upTo})
}

// PolicyText implements Pages.
func (c *Client) PolicyText(ctx context.Context, version string) (string, error) {
	return call[string](ctx, c, "/policy", version)
}

// FindComments implements Pages.
func (c *Client) FindComments(ctx context.Context, q models.PersonQuery) (*models.PersonPage, error) {
	return call[*models.PersonPage](ctx, c, "/comments", q)
}
