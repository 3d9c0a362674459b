package models

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is what a user may do.
type Role string

// The roles. A moderator decides comments, of all sites or of some; an admin decides
// comments of all sites and looks after sites and users.
const (
	RoleModerator Role = "moderator"
	RoleAdmin     Role = "admin"
)

// Roles lists every role there is.
var Roles = [...]Role{RoleModerator, RoleAdmin}

// User is somebody who moderates.
type User struct {
	ID    int64  `json:"-"`
	Email string `json:"email"`
	Role  Role   `json:"role"`
	// Limited tells that the user sees only Sites, by name, which are SiteIDs and may be
	// none. Removed sites are no part of them.
	Limited bool     `json:"limited"`
	Sites   []string `json:"sites"`
	SiteIDs []int64  `json:"-"`
	// HasPassword tells that the user may sign in without a link.
	HasPassword bool      `json:"has_password"`
	CreatedAt   time.Time `json:"created_at"`
}

// Sees tells whether the user may see a site's comments and decide them.
func (u *User) Sees(siteID int64) bool {
	return !u.Limited || slices.Contains(u.SiteIDs, siteID)
}

// SeenOf gives those of some sites that the user sees, or the one of them that has a name,
// if it is not empty.
func (u *User) SeenOf(sites []*Site, name string) (seen []*Site) {
	for _, s := range sites {
		if u.Sees(s.ID) && (name == "" || name == s.Name) {
			seen = append(seen, s)
		}
	}
	return seen
}

// SiteIDs gives the ids of sites.
func SiteIDs(sites []*Site) (ids []int64) {
	for _, s := range sites {
		ids = append(ids, s.ID)
	}
	return ids
}

// Actor is the user as one who decides.
func (u *User) Actor() Actor { return Actor{Kind: "user", Name: u.Email} }

// Operator is whoever gives commands on winnow's own machine.
var Operator = Actor{Kind: "operator"}

// NewUser asks for a user to be added, or for a removed one to come back.
type NewUser struct {
	Email string
	Role  Role
	// Sites limits a moderator to some sites, by name; none means all.
	Sites []string
	// Password may be empty: then a link signs the user in.
	Password string
}

// UserChange is a change of a user; nil fields stay as they are.
type UserChange struct {
	Role *Role
	Sees *Seen
}

// Seen is which sites a user sees.
type Seen struct {
	// All is every site, also those added later.
	All bool
	// Sites are the sites, by name, unless it is all; none is none.
	Sites []string
}

// Check returns an error that says what is wrong and wraps ErrInvalid.
func (u *NewUser) Check() error {
	if err := CheckEmail(u.Email); err != nil {
		return err
	}
	return CheckRole(u.Role, len(u.Sites) > 0)
}

// CheckRole refuses a role that there is not, and an admin who is limited to sites.
func CheckRole(role Role, limited bool) error {
	if !slices.Contains(Roles[:], role) {
		return fmt.Errorf("role %q: must be moderator or admin: %w", role, ErrInvalid)
	}
	if role == RoleAdmin && limited {
		return fmt.Errorf("an admin looks after all sites and cannot be limited to some: %w", ErrInvalid)
	}
	return nil
}

// NormalEmail is the form in which a user's address is stored and compared.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// CheckEmail refuses what cannot be the address of a user, in its normal form.
func CheckEmail(email string) error {
	name, domain, ok := strings.Cut(email, "@")
	if !ok || name == "" || domain == "" || len(email) > 254 || strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("%q is not an e-mail address: %w", email, ErrInvalid)
	}
	return nil
}

// Session is a signed-in browser.
type Session struct {
	UserID    int64     `json:"-"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	// Address and Agent are those of the sign-in.
	Address string `json:"address"`
	Agent   string `json:"agent"`
}
