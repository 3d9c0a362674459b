package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// nobodies is a store that knows nobody.
type nobodies struct{ Store }

func (nobodies) UserByEmail(context.Context, string) (*models.User, string, error) {
	return nil, "", models.ErrNotFound
}

func TestAttemptsRememberNoMoreThanAnAddressIsLong(t *testing.T) {
	s := New(Options{Store: nobodies{}})
	for _, email := range []string{strings.Repeat("a", 500_000) + "@example.com", "nobody", "ann@example.com"} {
		if _, _, err := s.SignIn(t.Context(), email, "x", Where{Address: "192.0.2.1"}); !errors.Is(err, ErrDenied) {
			t.Errorf("%.20s: %v", email, err)
		}
	}
	if n := s.attempts.counts["address 192.0.2.1"]; n == nil || n.n != 3 {
		t.Errorf("attempts of the address: %+v", n)
	}
	for key := range s.attempts.counts {
		if len(key) > 300 {
			t.Errorf("a key of %d bytes is remembered", len(key))
		}
	}
}

func TestAttemptsStayBounded(t *testing.T) {
	at := time.Now()
	a := newAttempts(func() time.Time { return at })
	for n := range maxTracked + 1000 {
		if err := a.allow("", fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.counts) > maxTracked {
		t.Errorf("%d are remembered", len(a.counts))
	}
}
