package intake

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

// Store keeps comments. Its methods may be called concurrently.
type Store interface {
	// Accept stores a revision as queued and returns once it is durable; the revision
	// belongs to the store from then on. The error is or wraps a *models.Refusal or
	// models.ErrUnavailable if the same may succeed later, and models.ErrConflict if
	// the comment was erased.
	Accept(ctx context.Context, rev *models.Revision) (models.Receipt, error)
	// AcceptAll stores revisions in their order, all durable when it returns. With an
	// error, which is as Accept's, it stored none; each Outcome may have one of its own.
	AcceptAll(ctx context.Context, revs []*models.Revision) ([]models.Outcome, error)
	// Comment tells how a comment stands. The error wraps models.ErrNotFound if there
	// is none.
	Comment(ctx context.Context, siteID int64, commentID string) (*models.CommentStatus, error)
}

// Feed reads the decisions of a site in order. Its methods may be called
// concurrently.
type Feed interface {
	// Feed gives at most limit decisions of a site with a Seq greater than after, in
	// order of Seq, and whether there are more.
	Feed(ctx context.Context, siteID, after int64, limit int) (decisions []*models.Decision, more bool, err error)
	// Position is the present epoch and the newest Seq: a decision that joins a feed
	// later has a greater one.
	Position() models.Cursor
	// Translate finds the point in the present epoch where a reader with a cursor of
	// another epoch goes on without skipping anything; ok is false if it knows none.
	Translate(c models.Cursor) (now models.Cursor, ok bool)
}

// Moderation carries out what a site's own administration says of its comments. Its
// methods may be called concurrently. Errors wrap models.ErrNotFound if there is no such
// comment and models.ErrConflict if it changed too often meanwhile.
type Moderation interface {
	// Label labels a comment's newest revision and returns the decision that then stands.
	Label(ctx context.Context, l models.Labelling) (*models.Decision, error)
	// Remove deletes a comment and keeps what was learnt from it. One that was removed or
	// erased before stays so.
	Remove(ctx context.Context, siteID int64, commentID string) error
	// Erase deletes a comment and forgets what was learnt from it.
	Erase(ctx context.Context, siteID int64, commentID string, by models.Actor) error
}

// Sites finds sites and what they prove themselves with.
type Sites interface {
	// ByKey finds the site whose key it is, disabled ones included; ok is false if it
	// is nobody's key. Site must not be changed.
	ByKey(key string) (site *models.Site, ok bool)
	// ByName finds a site, disabled ones included; nil if there is none.
	ByName(name string) *models.Site
	// Secrets are the secrets that a site may sign with now, "whsec_...".
	Secrets(siteID int64) []string
}

// Gate tells whether a site may submit a comment now.
type Gate interface {
	// Admit returns nil, or an error that is or wraps a *models.Refusal.
	Admit(site *models.Site) error
}

// Keyer makes the keys by which a comment's author and text are recognised.
type Keyer interface {
	Keys(site string, c *models.Comment) models.Keys
}

// Events tells of decisions when they are made. Channels are never closed; stop
// ends listening.
type Events interface {
	// Watch gives every decision of a comment from now on.
	Watch(siteID int64, commentID string) (decisions <-chan *models.Decision, stop func())
	// Follow gives a signal after decisions joined a site's feed.
	Follow(siteID int64) (grown <-chan struct{}, stop func())
}

// Limits bound a comment's size, in bytes; 0 means the default.
type Limits struct {
	MaxBody      int64 // the JSON of one comment; default 256 KiB
	MaxBatchBody int64 // the body of a batch; default 16 MiB
	MaxContent   int   // the content, decoded; default 64 KiB
	MaxMeta      int   // meta, without insignificant white space; default 8 KiB
}

func (l Limits) withDefaults() Limits {
	if l.MaxBody <= 0 {
		l.MaxBody = 256 << 10
	}
	if l.MaxBatchBody <= 0 {
		l.MaxBatchBody = 16 << 20
	}
	if l.MaxContent <= 0 {
		l.MaxContent = 64 << 10
	}
	if l.MaxMeta <= 0 {
		l.MaxMeta = 8 << 10
	}
	return l
}

// Options are what a Handler is made of. All are needed, but where it says default.
type Options struct {
	Store      Store
	Feed       Feed
	Moderation Moderation
	Sites      Sites
	Gate       Gate
	Keyer      Keyer
	Events     Events
	Limits     Limits
	// MaxRate is how many comments a second a site may submit, with bursts of as many;
	// 0 is no limit.
	MaxRate int
	// Now gives the time; default time.Now.
	Now func() time.Time
	// Registerer takes the metrics.
	Registerer prometheus.Registerer
	// SiteLabel gives the value of a site's label in metrics; default: its name.
	SiteLabel func(site string) string
	// Reasons are the reasons of the refusals that Gate and Store may return; others
	// are counted as "other".
	Reasons []string
	// Stopping is closed when the daemon stops: whoever waits is answered at once.
	// Default: never.
	Stopping <-chan struct{}
	// Logger takes the errors that clients are not told.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	for name, missing := range map[string]bool{
		"Store": o.Store == nil, "Feed": o.Feed == nil, "Moderation": o.Moderation == nil, "Sites": o.Sites == nil, "Gate": o.Gate == nil, "Keyer": o.Keyer == nil,
		"Events": o.Events == nil, "Registerer": o.Registerer == nil, "Logger": o.Logger == nil,
	} {
		if missing {
			return o, errors.New("intake: Options." + name + " is missing")
		}
	}
	o.Limits = o.Limits.withDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SiteLabel == nil {
		o.SiteLabel = func(site string) string { return site }
	}
	return o, nil
}
