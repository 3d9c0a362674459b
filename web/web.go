// Package web is the moderator page: what people see in a browser at winnow's own
// address. Pages are made on the server; a script makes them quicker to use and keeps
// them up to date, but signing in, reading and deciding work without it.
//
// A page is a handler, a template, a struct of what the template shows, and a line in the
// list of routes (routes.go):
//
//	{method: get, pattern: "/held", codes: []int{200, 400}, serve: (*Handler).held},
//
// The struct embeds layout, which is what every page has; Handler.page fills it in and
// Handler.show renders. Words for people stand in strings/en.txt and are called by their
// keys. Actions are forms, answered by a redirect; a request by the script (htmx) of the
// same path is answered by the part of the page that changed.
//
// Everything that is shown of a comment is hostile. It passes html/template, or the
// escaping of markup.go, and never becomes markup; what people could take for something
// else (links, hidden characters) is set apart by spans, see text.go. The
// Content-Security-Policy admits no inline script and no inline style, so that a mistake
// here would still run nothing.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/winnowd/winnow/models"
)

// Accounts signs people in and out.
type Accounts interface {
	// SignIn and RedeemLink begin a session, whose secret is cookie. The error wraps
	// models.ErrNotFound if what was given is wrong, and is a *models.Refusal if there were
	// too many attempts.
	SignIn(r *http.Request, email, password string) (cookie string, u *models.User, err error)
	RedeemLink(r *http.Request, link string) (cookie string, u *models.User, err error)
	// Session returns models.ErrNotFound if the session is over.
	Session(ctx context.Context, cookie string) (*models.User, error)
	SignOut(ctx context.Context, cookie string) error
}

// Browser reads and writes what browsers keep.
type Browser interface {
	// Check returns an error that says why nobody can sign in by this connection.
	Check(r *http.Request) error
	Read(r *http.Request) (cookie string)
	Set(w http.ResponseWriter, r *http.Request, cookie string, life time.Duration)
	Clear(w http.ResponseWriter, r *http.Request)
	// SameOrigin returns an error for a request that another site made a browser send.
	SameOrigin(r *http.Request, unsafeOnly bool) error
}

// Desk is what moderators do. Errors wrap models.ErrNotFound, ErrConflict and ErrInvalid;
// a *models.Stale says how a comment really stands.
type Desk interface {
	Decide(ctx context.Context, u *models.User, v models.ModeratorVerdict) (*models.Verdicted, error)
	Undo(ctx context.Context, u *models.User, id string) (*models.Undone, error)
	Bulk(ctx context.Context, u *models.User, b models.Bulk) (models.Job, error)
	Job(ctx context.Context, u *models.User, id string) (models.Job, error)
	Lists
	Reports
}

// Lists is what moderators look at.
type Lists interface {
	List(ctx context.Context, u *models.User, q models.CommentQuery) (*models.CommentList, error)
	Filter(u *models.User, q *models.CommentQuery) (models.CommentFilter, error)
	Comment(ctx context.Context, u *models.User, site, id string) (*models.CommentPage, error)
}

// Reports is what was decided and done.
type Reports interface {
	Overview(ctx context.Context, u *models.User, site string, days int) (*models.Overview, error)
	Acts(ctx context.Context, u *models.User, site string, f models.ActFilter, after string, limit int) (list []*models.Act, cursor string, err error)
}

// Model tells what the classifier has learnt.
type Model interface {
	Documents() (ham, spam int)
	Warmth(siteID int64) models.Warmth
	// Cutoffs gives those by which a site is judged now, and those that are set for it.
	Cutoffs(siteID int64) (now, set models.Cutoffs)
}

// Admin is what admins do, in the name of one of them. Errors wrap models.ErrNotFound,
// ErrConflict and ErrInvalid. All of it stands in the audit log.
type Admin interface {
	SiteKeeper
	UserKeeper
	Access
}

// SiteKeeper looks after sites.
type SiteKeeper interface {
	AddSite(ctx context.Context, site models.Site) (models.Credentials, error)
	SetSite(ctx context.Context, name string, change models.SiteChange) error
	RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error)
	Ping(ctx context.Context, name string) (models.PingAnswer, error)
	// RemoveSite disables a site for good; with purge it deletes everything of it. It
	// returns how many comments were held.
	RemoveSite(ctx context.Context, name string, purge bool) (held int, err error)
}

// UserKeeper looks after users. AddUser returns the address of a link for one use.
type UserKeeper interface {
	AddUser(ctx context.Context, u models.NewUser) (string, error)
	SetUser(ctx context.Context, email string, c models.UserChange) error
	RemoveUser(ctx context.Context, email string) error
}

// Access lets users in. SetPassword with an empty one returns the address of a link.
type Access interface {
	SetPassword(ctx context.Context, email, password string) (string, error)
	AddToken(ctx context.Context, email string) (string, error)
	RevokeTokens(ctx context.Context, email string) (int64, error)
}

// Users lists who moderates, by address.
type Users interface {
	Users(ctx context.Context) ([]*models.User, error)
}

// Sites finds sites.
type Sites interface {
	ByName(name string) *models.Site
	All() []*models.Site
}

// Board tells who is looking at a comment.
type Board interface {
	Lookers(siteID int64, commentID string) []string
}

// Deliveries sends decisions to their sites again. Errors wrap models.ErrNotFound, and
// models.ErrConflict if the site has no callback.
type Deliveries interface {
	ResendDecision(ctx context.Context, u *models.User, site, id string) error
	// ResendDead sends every decision again that was given up at a site.
	ResendDead(ctx context.Context, u *models.User, site string) (int, error)
}

// Trials tries rules out before they are written into the policy. Errors wrap
// models.ErrNotFound, ErrInvalid and ErrConflict; a *models.Refusal is for later.
type Trials interface {
	Begin(u *models.User, a models.Addition) (models.Trial, error)
	Trial(ctx context.Context, u *models.User, id string) (models.Trial, error)
	Stop(u *models.User, id string) error
	// Write writes the rule, if version is that of the policy with it.
	Write(ctx context.Context, u *models.User, id, version string) (models.Trial, error)
}

// Outbox lists what has not reached the sites.
type Outbox interface {
	PageDeliveries(ctx context.Context, f models.DeliveryFilter) ([]models.DeliveryRow, error)
}

// Sessions are those of a user.
type Sessions interface {
	ListSessions(ctx context.Context, userID int64) ([]models.Session, error)
	// EndSessions signs a user out everywhere.
	EndSessions(ctx context.Context, email string, by models.Actor) error
}

// Options are what a Handler is made of; all are needed but Now.
type Options struct {
	Accounts Accounts
	Browser  Browser
	Desk     Desk
	Sites    Sites
	Model    Model
	// Cutoffs are those of the configuration.
	Cutoffs models.Cutoffs
	Users   Users
	Outbox  Outbox
	// Admin acts in the name of an admin.
	Admin      func(models.Actor) Admin
	Board      Board
	Deliveries Deliveries
	Trials     Trials
	Sessions   Sessions
	// Rules lists the names of the rules that are in force at some site.
	Rules func() []string
	// Read takes the markup off a comment's content.
	Read func(string, models.ContentType) models.Text
	// SessionLife is how long a browser keeps its cookie.
	SessionLife time.Duration
	Logger      *slog.Logger
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Handler answers requests for pages. It may be used by any number of goroutines.
type Handler struct {
	o         Options
	routes    []route
	assets    *assets
	templates *templates
}

// New reads the templates, words and assets that are built in, and makes a handler.
func New(o Options) (*Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handler{o: o, routes: routes()}
	var err error
	if h.assets, err = readAssets(); err != nil {
		return nil, err
	}
	words, err := readWords()
	if err != nil {
		return nil, err
	}
	if h.templates, err = parseTemplates(words, h.assets, o.Now); err != nil {
		return nil, err
	}
	h.templates.settle()
	return h, nil
}
