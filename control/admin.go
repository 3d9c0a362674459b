package control

import (
	"context"
	"errors"

	"github.com/winnowd/winnow/models"
)

// Admin is what commands may ask of the owner of a data directory.
type Admin interface {
	AddSite(ctx context.Context, site models.Site) (models.Credentials, error)
	SetSite(ctx context.Context, name string, change models.SiteChange) error
	RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error)
	// RemoveSite returns how many comments of the site were held.
	RemoveSite(ctx context.Context, name string, purge bool) (held int, err error)
	// Retry puts dead revisions back into the queue and returns how many; empty means all.
	Retry(ctx context.Context, site, commentID string) (int, error)
	Deliveries
	Users
	Models
	Archive
}

// The requests and answers on the socket.
type (
	setSite struct {
		Name   string
		Change models.SiteChange
	}
	rotate struct {
		Name   string
		Kind   models.CredentialKind
		AtOnce bool
	}
	removeSite struct {
		Name  string
		Purge bool
	}
	retry  struct{ Site, Comment string }
	none   struct{}
	failed struct{ Kind, Detail string }
)

// kinds are the kinds of error that keep their meaning across the socket. Of an error that
// is of several the first counts.
var kinds = [...]struct {
	name string
	kind error
}{
	{"not-found", models.ErrNotFound}, {"conflict", models.ErrConflict},
	{"invalid", models.ErrInvalid}, {"unavailable", models.ErrUnavailable},
}

func toFailed(err error) failed {
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return failed{k.name, err.Error()}
		}
	}
	return failed{"internal", err.Error()}
}

// remoteError is an error that the owner reported.
type remoteError struct{ failed }

func (e *remoteError) Error() string { return e.Detail }

func (e *remoteError) Unwrap() error {
	for _, k := range kinds {
		if k.name == e.Kind {
			return k.kind
		}
	}
	return nil
}
