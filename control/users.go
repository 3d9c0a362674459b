package control

import (
	"context"
	"net/http"

	"github.com/winnowd/winnow/models"
)

// Users is what commands may ask of the owner of a data directory about users. Errors
// wrap models.ErrNotFound if there is no user of that address.
type Users interface {
	// AddUser returns the URL that signs the user in once, or none if a password was
	// given.
	AddUser(ctx context.Context, u models.NewUser) (loginURL string, err error)
	// SetPassword gives a user another password and ends the user's sessions; with an
	// empty one it returns the URL that signs the user in once.
	SetPassword(ctx context.Context, email, password string) (loginURL string, err error)
	// AddToken returns a new API token of a user.
	AddToken(ctx context.Context, email string) (string, error)
	// RevokeTokens takes a user's API tokens away and returns how many.
	RevokeTokens(ctx context.Context, email string) (int64, error)
	RemoveUser(ctx context.Context, email string) error
}

type setPassword struct{ Email, Password string }

func routeUsers(mux *http.ServeMux, u Users) {
	route(mux, "/user/add", u.AddUser)
	route(mux, "/user/password", func(ctx context.Context, r setPassword) (string, error) {
		return u.SetPassword(ctx, r.Email, r.Password)
	})
	route(mux, "/user/token", u.AddToken)
	route(mux, "/user/revoke", u.RevokeTokens)
	route(mux, "/user/remove", func(ctx context.Context, email string) (none, error) {
		return none{}, u.RemoveUser(ctx, email)
	})
}

// AddUser implements Users.
func (c *Client) AddUser(ctx context.Context, u models.NewUser) (string, error) {
	return call[string](ctx, c, "/user/add", u)
}

// SetPassword implements Users.
func (c *Client) SetPassword(ctx context.Context, email, password string) (string, error) {
	return call[string](ctx, c, "/user/password", setPassword{email, password})
}

// AddToken implements Users.
func (c *Client) AddToken(ctx context.Context, email string) (string, error) {
	return call[string](ctx, c, "/user/token", email)
}

// RevokeTokens implements Users.
func (c *Client) RevokeTokens(ctx context.Context, email string) (int64, error) {
	return call[int64](ctx, c, "/user/revoke", email)
}

// RemoveUser implements Users.
func (c *Client) RemoveUser(ctx context.Context, email string) error {
	_, err := call[none](ctx, c, "/user/remove", email)
	return err
}
