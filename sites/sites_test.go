package sites

import (
	"context"
	"errors"
	"slices"
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
