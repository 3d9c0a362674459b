// Package accounts tells who somebody is: users, passwords, links that sign in once,
// sessions of browsers, and API tokens.
//
// Whatever proves who somebody is (a session's cookie, a link, a token) is 32 random
// bytes, of which only the SHA-256 is stored. Passwords are stored as argon2id. Trying
// passwords is limited by account and by address; computing one takes 19 MiB of memory,
// and no more than two are computed at a time, so that a flood of sign-ins costs others
// nothing but time.
//
// A session ends when it was not used for Options.Idle, at the latest Options.Longest
// after its beginning, when its user signs out, is removed, or gets another password.
package accounts

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// TokenPrefix begins every API token of a user.
	TokenPrefix = "wu_"
	// LinkLife is how long a link can be used.
	LinkLife = 24 * time.Hour
	// seenEvery is how often the use of a session is noted.
	seenEvery = time.Minute
	// maxAgent is how much of a browser's name is kept, in bytes.
	maxAgent = 200
)

// Users keeps users.
type Users interface {
	// UserByEmail also returns the hash of the password, empty for none;
	// models.ErrNotFound.
	UserByEmail(ctx context.Context, email string) (u *models.User, passwordHash string, err error)
	// UserByToken returns models.ErrNotFound if no token has this hash.
	UserByToken(ctx context.Context, hash []byte) (*models.User, error)
}

// UserAdmin changes users. Errors wrap models.ErrNotFound if there is none of that
// address.
type UserAdmin interface {
	// AddUser returns models.ErrConflict if there is one.
	AddUser(ctx context.Context, u models.NewUser, passwordHash string, by models.Actor) error
	SetPasswordHash(ctx context.Context, email, hash string, by models.Actor) error
	// AddLink makes earlier links of the user worthless.
	AddLink(ctx context.Context, email string, hash []byte, expires time.Time) error
	AddToken(ctx context.Context, email string, hash []byte, by models.Actor) error
}

// Sessions keeps sessions. Errors wrap models.ErrNotFound if there is none of that hash.
type Sessions interface {
	AddSession(ctx context.Context, hash []byte, v models.Session, way string) error
	Session(ctx context.Context, hash []byte) (models.Session, *models.User, error)
	SeeSession(ctx context.Context, hash []byte, at time.Time) error
	// EndSession is no error for one that is not there.
	EndSession(ctx context.Context, hash []byte) error
}

// Expiry ends what is good no more.
type Expiry interface {
	// RedeemLink uses a link up; models.ErrNotFound.
	RedeemLink(ctx context.Context, hash []byte) (userID int64, err error)
	SweepSessions(ctx context.Context, idle, oldest time.Time) error
}

// Store is all that a Service keeps.
type Store interface {
	Users
	UserAdmin
	Sessions
	Expiry
}

// Options are what a Service needs; Store is required.
type Options struct {
	Store Store
	// Idle is how long a session lives without use; 0 means 24 hours.
	Idle time.Duration
	// Longest is how long a session lives at most; 0 means 30 days.
	Longest time.Duration
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Service is safe for use by any number of goroutines.
type Service struct {
	o        Options
	attempts *attempts
	hashing  chan struct{}
}

// New makes a service.
func New(o Options) *Service {
	if o.Idle == 0 {
		o.Idle = 24 * time.Hour
	}
	if o.Longest == 0 {
		o.Longest = 30 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o, attempts: newAttempts(o.Now), hashing: make(chan struct{}, hashers)}
}

// ErrDenied tells that who is asking could not be verified. It does not say why: an
// unknown address and a wrong password look alike.
var ErrDenied = errors.New("the e-mail address or the password is wrong")

// ErrLink tells that a link is unknown, used, or too old.
var ErrLink = errors.New("the link was used already or is too old: `winnow user passwd` prints another one")

// Where is where a sign-in comes from.
type Where struct {
	// Address is the client's IP address, Agent its User-Agent.
	Address, Agent string
}

// SignIn checks a password and begins a session; cookie is its secret. The error wraps
// ErrDenied if address or password are wrong, a *models.Refusal if there were too many
// attempts (models.ErrOverShare) or too many at once (models.ErrUnavailable).
func (s *Service) SignIn(ctx context.Context, email, password string, from Where) (cookie string, u *models.User, err error) {
	email = models.NormalEmail(email)
	if models.CheckEmail(email) != nil {
		email = "" // nobody's, and not to be remembered: it may be as long as a form
	}
	if err := s.attempts.allow(email, from.Address); err != nil {
		return "", nil, err
	}
	u, hash, err := s.o.Store.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return "", nil, err
	}
	known := err == nil && hash != ""
	if !known {
		hash = nobody // so that it takes as long
	}
	right, err := s.verify(ctx, password, hash)
	if err != nil {
		return "", nil, err
	}
	if !right || !known {
		return "", nil, ErrDenied
	}
	s.attempts.succeeded(email, from.Address)
	cookie, err = s.begin(ctx, u.ID, from, "password")
	return cookie, u, err
}

// RedeemLink uses a link up and begins a session; cookie is its secret. The error wraps
// ErrLink if the link is good no more, and *models.Refusal as in SignIn.
func (s *Service) RedeemLink(ctx context.Context, link string, from Where) (cookie string, u *models.User, err error) {
	if err := s.attempts.allow("", from.Address); err != nil {
		return "", nil, err
	}
	userID, err := s.o.Store.RedeemLink(ctx, models.HashKey(link))
	if errors.Is(err, models.ErrNotFound) {
		return "", nil, ErrLink
	}
	if err != nil {
		return "", nil, err
	}
	s.attempts.succeeded("", from.Address)
	if cookie, err = s.begin(ctx, userID, from, "link"); err != nil {
		if errors.Is(err, models.ErrNotFound) {
			err = ErrLink
		}
		return "", nil, err
	}
	u, err = s.Session(ctx, cookie)
	return cookie, u, err
}

// begin begins a session.
func (s *Service) begin(ctx context.Context, userID int64, from Where, way string) (cookie string, err error) {
	cookie = secret()
	now := s.o.Now()
	err = s.o.Store.AddSession(ctx, models.HashKey(cookie), models.Session{
		UserID: userID, CreatedAt: now, SeenAt: now, Address: from.Address,
		Agent: strings.ToValidUTF8(from.Agent[:min(len(from.Agent), maxAgent)], ""),
	}, way)
	return cookie, err
}

// Session finds the user of a session by its cookie. The error wraps models.ErrNotFound
// if the session is over or never was.
func (s *Service) Session(ctx context.Context, cookie string) (*models.User, error) {
	hash := models.HashKey(cookie)
	v, u, err := s.o.Store.Session(ctx, hash)
	if err != nil {
		return nil, err
	}
	now := s.o.Now()
	if now.Sub(v.SeenAt) > s.o.Idle || now.Sub(v.CreatedAt) > s.o.Longest {
		return nil, fmt.Errorf("session: expired: %w", models.ErrNotFound)
	}
	if now.Sub(v.SeenAt) >= seenEvery {
		if err := s.o.Store.SeeSession(ctx, hash, now); err != nil && !errors.Is(err, models.ErrUnavailable) {
			return nil, err
		}
	}
	return u, nil
}

// SignOut ends the session of a cookie, if there is one.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	return s.o.Store.EndSession(ctx, models.HashKey(cookie))
}

// ByToken finds the user of an API token. The error wraps models.ErrNotFound.
func (s *Service) ByToken(ctx context.Context, token string) (*models.User, error) {
	return s.o.Store.UserByToken(ctx, models.HashKey(token))
}

// AddUser adds a user. link is the secret of a link that signs in once, if no password
// was given. Errors as of Store.AddUser, and models.ErrInvalid.
func (s *Service) AddUser(ctx context.Context, u models.NewUser, by models.Actor) (link string, err error) {
	u.Email = models.NormalEmail(u.Email)
	if err := u.Check(); err != nil {
		return "", err
	}
	hash := ""
	if u.Password != "" {
		if hash, err = s.hash(ctx, u.Password); err != nil {
			return "", err
		}
	}
	if err := s.o.Store.AddUser(ctx, u, hash, by); err != nil {
		return "", err
	}
	if hash != "" {
		return "", nil
	}
	return s.Link(ctx, u.Email)
}

// SetPassword gives a user another password and ends the user's sessions. The error
// wraps models.ErrNotFound, or models.ErrInvalid for a password too short or too long.
func (s *Service) SetPassword(ctx context.Context, email, password string, by models.Actor) error {
	hash, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.o.Store.SetPasswordHash(ctx, models.NormalEmail(email), hash, by)
}

// Link makes a link that signs a user in once, within LinkLife, and returns its secret.
// Earlier ones become worthless. The error wraps models.ErrNotFound.
func (s *Service) Link(ctx context.Context, email string) (string, error) {
	link := secret()
	err := s.o.Store.AddLink(ctx, models.NormalEmail(email), models.HashKey(link), s.o.Now().Add(LinkLife))
	if err != nil {
		return "", err
	}
	return link, nil
}

// Token makes another API token of a user. The error wraps models.ErrNotFound.
func (s *Service) Token(ctx context.Context, email string, by models.Actor) (string, error) {
	token := TokenPrefix + secret()
	if err := s.o.Store.AddToken(ctx, models.NormalEmail(email), models.HashKey(token), by); err != nil {
		return "", err
	}
	return token, nil
}

// sweepEvery is how often what expired is deleted.
const sweepEvery = time.Hour

// Run deletes sessions and links that are good no more, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		now := s.o.Now()
		_ = s.o.Store.SweepSessions(ctx, now.Add(-s.o.Idle), now.Add(-s.o.Longest)) // they are refused anyway
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// secret is 256 random bits, in letters that need no escaping.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}
