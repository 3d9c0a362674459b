package sites

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

type source struct {
	sites []*models.Site
	creds []models.Credential
	err   error
}

func (s *source) Sites(context.Context) ([]*models.Site, error)            { return s.sites, s.err }
func (s *source) Credentials(context.Context) ([]models.Credential, error) { return s.creds, s.err }

func TestDirectory(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	src := &source{
		sites: []*models.Site{{ID: 2, Name: "a"}, {ID: 1, Name: "b"}},
		creds: []models.Credential{
			{SiteID: 1, Kind: models.KeyCredential, Hash: models.HashKey("old"), ExpiresAt: now.Add(time.Hour)},
			{SiteID: 1, Kind: models.KeyCredential, Hash: models.HashKey("new")},
			{SiteID: 1, Kind: models.SecretCredential, Value: "whsec_older", ExpiresAt: now.Add(time.Minute)},
			{SiteID: 1, Kind: models.SecretCredential, Value: "whsec_old", ExpiresAt: now.Add(time.Hour)},
			{SiteID: 1, Kind: models.SecretCredential, Value: "whsec_x"},
			{SiteID: 1, Kind: models.AkismetCredential, Value: "akismet"},
			{SiteID: 9, Kind: models.KeyCredential, Hash: models.HashKey("orphan")},
		},
	}
	var added []string
	d := New(src, func(s *models.Site) { added = append(added, s.Name) }, func() time.Time { return now })
	if _, ok := d.ByKey("new"); ok {
		t.Error("a key is known before the first load")
	}
	if err := d.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"old": "b", "new": "b", "orphan": "", "whsec_x": "", "": ""} {
		s, ok := d.ByKey(key)
		if ok != (want != "") || (ok && s.Name != want) {
			t.Errorf("key %q: got %v, %v; want site %q", key, s, ok, want)
		}
	}
	if got := d.Secrets(1); !slices.Equal(got, []string{"whsec_x", "whsec_old", "whsec_older"}) {
		t.Errorf("secrets %q", got)
	}
	now = now.Add(time.Minute)
	if got := d.Secrets(1); !slices.Equal(got, []string{"whsec_x", "whsec_old"}) || d.Secrets(2) != nil {
		t.Errorf("secrets after a minute: %q, of a site without any %q", got, d.Secrets(2))
	}
	now = now.Add(time.Hour)
	if _, ok := d.ByKey("old"); ok {
		t.Error("a rotated key still works after its time")
	}
	if d.ByID(2).Name != "a" || d.ByID(3) != nil || d.ByName("b").ID != 1 || d.ByName("c") != nil {
		t.Error("look-ups by ID or name are wrong")
	}
	if len(added) != 2 {
		t.Errorf("added %v, want both sites once", added)
	}

	label := d.Labels(1)
	if label("b") != "b" || label("a") != "other" || label("unknown") != "other" {
		t.Errorf("labels: %q %q %q; the oldest site has its own", label("b"), label("a"), label("unknown"))
	}

	src.err = errors.New("disk")
	if err := d.Reload(t.Context()); !errors.Is(err, src.err) {
		t.Errorf("reload: %v", err)
	}
	if _, ok := d.ByKey("new"); !ok {
		t.Error("a failed reload forgot what was known")
	}
}

// register is a source that others change meanwhile, and that is left between the reading
// and the answer.
type register struct {
	mu    sync.Mutex
	sites []*models.Site
}

func (r *register) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sites = append(r.sites, &models.Site{ID: int64(len(r.sites) + 1), Name: name})
}

func (r *register) Sites(context.Context) ([]*models.Site, error) {
	r.mu.Lock()
	defer runtime.Gosched()
	defer r.mu.Unlock()
	return slices.Clone(r.sites), nil
}

func (r *register) Credentials(context.Context) ([]models.Credential, error) {
	runtime.Gosched()
	return nil, nil
}

// TestWhatWasStoredBeforeAReloadIsKnownAfterIt: an earlier reload that ends later must not
// bring back what it read.
func TestWhatWasStoredBeforeAReloadIsKnownAfterIt(t *testing.T) {
	src := &register{}
	var mu sync.Mutex
	added := map[string]int{}
	d := New(src, func(s *models.Site) { mu.Lock(); defer mu.Unlock(); added[s.Name]++ }, nil)
	var admins sync.WaitGroup
	for a := range 8 {
		admins.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("s-%d-%d", a, i)
				src.add(name)
				if err := d.Reload(t.Context()); err != nil {
					t.Error(err)
				}
				if d.ByName(name) == nil {
					t.Errorf("%s is not known", name)
				}
			}
		})
	}
	admins.Wait()
	for name, n := range added {
		if n != 1 {
			t.Errorf("%s was new %d times", name, n)
		}
	}
}
