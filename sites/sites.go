// Package sites keeps the sites and their keys in memory, for look-ups on every
// request and every judgement.
package sites

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
}

type table struct {
	byID  map[int64]*models.Site
	byKey map[string]holder // by models.HashKey
	// rank is a site's place by age, from 0: the first ones have metrics of their own.
	rank map[string]int
}

type holder struct {
	site    *models.Site
	expires time.Time
}

// New makes an empty directory; Reload fills it. added is called, if not nil, for
// every site that a reload finds new. now is the clock, time.Now if nil.
func New(source Source, added func(*models.Site), now func() time.Time) *Directory {
	if now == nil {
		now = time.Now
	}
	d := &Directory{source: source, now: now, added: added}
	d.table.Store(&table{})
	return d
}

// Reload reads the sites anew. On an error the directory stays as it was.
func (d *Directory) Reload(ctx context.Context) error {
	list, err := d.source.Sites(ctx)
	if err != nil {
		return fmt.Errorf("load sites: %w", err)
	}
	creds, err := d.source.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("load sites: %w", err)
	}
	t := &table{byID: map[int64]*models.Site{}, byKey: map[string]holder{}, rank: map[string]int{}}
	for _, s := range list {
		t.byID[s.ID] = s
	}
	byAge := slices.Clone(list)
	slices.SortFunc(byAge, func(a, b *models.Site) int { return cmp.Compare(a.ID, b.ID) })
	for rank, s := range byAge {
		t.rank[s.Name] = rank
	}
	for _, c := range creds {
		if s := t.byID[c.SiteID]; s != nil && c.Kind == models.KeyCredential {
			t.byKey[string(c.Hash)] = holder{s, c.ExpiresAt}
		}
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
	if !ok || (!h.expires.IsZero() && !d.now().Before(h.expires)) {
		return nil, false
	}
	return h.site, true
}

// ByID finds a site; nil if there is none.
func (d *Directory) ByID(id int64) *models.Site { return d.table.Load().byID[id] }

// ByName finds a site; nil if there is none.
func (d *Directory) ByName(name string) *models.Site {
	for _, s := range d.table.Load().byID {
		if s.Name == name {
			return s
		}
	}
	return nil
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
