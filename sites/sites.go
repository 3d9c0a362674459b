// Package sites keeps the sites and their keys in memory, for look-ups on every
// request and every judgement.
package sites

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/models"
)

// Source is where sites are stored.
type Source interface {
	// Sites returns every site that was not removed.
	Sites(context.Context) ([]*models.Site, error)
	Credentials(context.Context) ([]models.Credential, error)
}

// Directory is safe for use by any number of goroutines. Look-ups never wait.
type Directory struct {
	source Source
	now    func() time.Time
	table  atomic.Pointer[table]
	added  func(*models.Site)
	// reloading is held from the reading to the end: an earlier reload that ended later
	// would bring back what it read.
	reloading sync.Mutex
}

type table struct {
	byID   map[int64]*models.Site
	byName map[string]*models.Site
	byKey  map[string]holder // by models.HashKey
	// secrets are a site's webhook secrets, the newest first.
	secrets map[int64][]secret
	// rank is a site's place by age, from 0: the first ones have metrics of their own.
	rank map[string]int
}

type secret struct {
	value   string
	expires time.Time
}

type holder struct {
	site    *models.Site
	expires time.Time
}

// New makes an empty directory; Reload fills it. added is called, if not nil, for
// every site that a reload finds new; it must not reload. now is the clock, time.Now if nil.
func New(source Source, added func(*models.Site), now func() time.Time) *Directory {
	if now == nil {
		now = time.Now
	}
	d := &Directory{source: source, now: now, added: added}
	d.table.Store(&table{})
	return d
}

// Reload reads the sites anew, one caller after the other. On an error the directory stays as it was.
func (d *Directory) Reload(ctx context.Context) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	list, err := d.source.Sites(ctx)
	if err != nil {
		return fmt.Errorf("load sites: %w", err)
	}
	creds, err := d.source.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("load sites: %w", err)
	}
	t := &table{
		byID: map[int64]*models.Site{}, byName: map[string]*models.Site{}, byKey: map[string]holder{},
		secrets: map[int64][]secret{}, rank: map[string]int{},
	}
	for _, s := range list {
		t.byID[s.ID], t.byName[s.Name] = s, s
	}
	byAge := slices.Clone(list)
	slices.SortFunc(byAge, func(a, b *models.Site) int { return cmp.Compare(a.ID, b.ID) })
	for rank, s := range byAge {
		t.rank[s.Name] = rank
	}
	for _, c := range creds {
		s := t.byID[c.SiteID]
		switch {
		case s == nil:
		case c.Kind == models.KeyCredential:
			t.byKey[string(c.Hash)] = holder{s, c.ExpiresAt}
		case c.Kind == models.SecretCredential:
			t.secrets[s.ID] = append(t.secrets[s.ID], secret{c.Value, c.ExpiresAt})
		}
	}
	for _, list := range t.secrets {
		slices.SortStableFunc(list, newestFirst)
	}
	before := d.table.Swap(t)
	for _, s := range list {
		if before.byID[s.ID] == nil && d.added != nil {
			d.added(s)
		}
	}
	return nil
}

// ByKey finds the site whose API key this is, disabled ones too.
func (d *Directory) ByKey(key string) (*models.Site, bool) {
	h, ok := d.table.Load().byKey[string(models.HashKey(key))]
	if !ok || d.expired(h.expires) {
		return nil, false
	}
	return h.site, true
}

// Secrets gives the secrets with which a site's messages are signed now, both ways:
// the newest first, and after it those that were rotated and still work.
func (d *Directory) Secrets(siteID int64) []string {
	var good []string
	for _, s := range d.table.Load().secrets[siteID] {
		if !d.expired(s.expires) {
			good = append(good, s.value)
		}
	}
	return good
}

func (d *Directory) expired(at time.Time) bool { return !at.IsZero() && !d.now().Before(at) }

// newestFirst orders secrets by when they stop being good; the present one does not.
func newestFirst(a, b secret) int {
	switch {
	case a.expires.IsZero() == b.expires.IsZero():
		return b.expires.Compare(a.expires)
	case a.expires.IsZero():
		return -1
	}
	return 1
}

// ByID finds a site; nil if there is none.
func (d *Directory) ByID(id int64) *models.Site { return d.table.Load().byID[id] }

// ByName finds a site; nil if there is none.
func (d *Directory) ByName(name string) *models.Site { return d.table.Load().byName[name] }

// All returns every site, disabled ones too, in no order.
func (d *Directory) All() []*models.Site {
	byID := d.table.Load().byID
	list := make([]*models.Site, 0, len(byID))
	for _, s := range byID {
		list = append(list, s)
	}
	return list
}

// Rank is a site's place among the sites there are, the oldest having 0. A site
// that is not there ranks last.
func (d *Directory) Rank(name string) int {
	t := d.table.Load()
	if rank, ok := t.rank[name]; ok {
		return rank
	}
	return len(t.byID)
}

// Labels gives the value of the metrics' label "site": the names of the first max
// sites, the oldest, and "other" for those beyond. A site's value changes only when an
// older one is removed.
func (d *Directory) Labels(limit int) func(site string) string {
	return func(site string) string {
		if d.Rank(site) < limit {
			return site
		}
		return "other"
	}
}
