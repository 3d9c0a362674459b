package accounts

import (
	"net/netip"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// window is the time over which attempts count.
	window = 15 * time.Minute
	// perAccount and perAddress are how many attempts may fail within it.
	perAccount = 10
	perAddress = 30
	// maxTracked bounds the memory: how many accounts and addresses are remembered.
	maxTracked = 20_000
)

// attempts counts sign-ins that have not succeeded.
type attempts struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[string]*count
}

type count struct {
	n     int
	since time.Time
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, counts: map[string]*count{}}
}

// allow counts an attempt, or refuses it. An empty email counts for the address alone.
func (a *attempts) allow(email, address string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.sweep(now)
	limits := map[string]int{"address " + network(address): perAddress}
	if email != "" {
		limits["account "+email] = perAccount
	}
	for key, limit := range limits {
		if c := a.counts[key]; c != nil && now.Sub(c.since) < window && c.n >= limit {
			return &models.Refusal{
				Kind: models.ErrOverShare, Reason: "sign-ins",
				Detail: "too many attempts to sign in failed", RetryAfter: window - now.Sub(c.since),
			}
		}
	}
	for key := range limits {
		c := a.counts[key]
		if c == nil || now.Sub(c.since) >= window {
			c = &count{since: now}
			a.counts[key] = c
		}
		c.n++
	}
	return nil
}

// succeeded forgets the attempts on an account, and the one just made from an address.
func (a *attempts) succeeded(email, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.counts, "account "+email)
	if c := a.counts["address "+network(address)]; c != nil && c.n > 0 {
		c.n--
	}
}

// sweep makes room: what is over goes, and if that is not enough, everything.
func (a *attempts) sweep(now time.Time) {
	if len(a.counts) < maxTracked {
		return
	}
	for key, c := range a.counts {
		if now.Sub(c.since) >= window {
			delete(a.counts, key)
		}
	}
	if len(a.counts) >= maxTracked {
		clear(a.counts)
	}
}

// network is what of an address one client can be expected to have: an IPv6 network of
// 64 bits, a whole IPv4 address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
