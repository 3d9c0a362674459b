package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/winnowd/winnow/models"
)

// The parameters of argon2id (RFC 9106), as OWASP's Password Storage Cheat Sheet
// recommends them: 19 MiB, 2 passes, 1 lane.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	sumSize = 32
	salt    = 16
)

// MinPassword and MaxPassword bound a password's length, in characters and bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

const (
	// hashers is how many passwords are computed at a time, each in 19 MiB.
	hashers = 2
	// patience is how long a sign-in waits for its turn.
	patience = 5 * time.Second
)

// nobody is the hash of no password: what it takes to check it is what it takes to
// check that of a user.
var nobody = format(make([]byte, salt), make([]byte, sumSize))

// turn waits until a password may be computed. done must be called.
func (s *Service) turn(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, &models.Refusal{
			Kind: models.ErrUnavailable, Reason: "sign-ins", Detail: "too many sign-ins at once", RetryAfter: patience,
		}
	}
}

// hash is a password as it is stored, in the PHC string format.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	switch {
	case utf8.RuneCountInString(password) < MinPassword:
		return "", fmt.Errorf("the password is too short: at least %d characters are needed: %w", MinPassword, models.ErrInvalid)
	case len(password) > MaxPassword:
		return "", fmt.Errorf("the password is too long: at most %d bytes are taken: %w", MaxPassword, models.ErrInvalid)
	}
	done, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	b := make([]byte, salt)
	rand.Read(b) // never fails, see crypto/rand
	return format(b, argon2.IDKey([]byte(password), b, passes, memory, lanes, sumSize)), nil
}

func format(salt, sum []byte) string {
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, e.EncodeToString(salt), e.EncodeToString(sum))
}

// verify tells whether a password has a hash.
func (s *Service) verify(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > MaxPassword {
		return false, nil
	}
	var (
		version     int
		kib, rounds uint32
		threads     uint8
	)
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("stored password is in an unknown form")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &kib, &rounds, &threads); err != nil || version != argon2.Version {
		return false, fmt.Errorf("stored password is in an unknown form")
	}
	b, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || kib > 1<<20 || rounds > 16 || rounds < 1 || threads < 1 || len(want) < 16 {
		return false, fmt.Errorf("stored password is in an unknown form")
	}
	done, err := s.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	got := argon2.IDKey([]byte(password), b, rounds, kib, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
