package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// clock is one that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestAddSite(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	f := open(t, func(o *Options) { o.Now = c.now })
	f.seen.take()
	creds, err := f.AddSite(t.Context(), models.Site{Name: "new", URL: "https://new.example", Callback: "https://new.example/cb", AllowPrivateCallback: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []struct{ value, pattern string }{
		{creds.Name, `^new$`}, {creds.Key, `^wk_[0-9A-Za-z]{40}$`}, {creds.Secret, `^whsec_[0-9A-Za-z+/]{43}=$`}, {creds.AkismetKey, `^[a-z0-9]{12}$`},
	} {
		if !regexp.MustCompile(form.pattern).MatchString(form.value) {
			t.Errorf("credential %q is not like %s", form.value, form.pattern)
		}
	}
	if got := f.seen.take(); !slices.Equal(got, []string{"sites"}) {
		t.Errorf("the observer was told %q", got)
	}
	f.reopen()
	sites, err := f.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := &models.Site{ID: sites[1].ID, Name: "new", URL: "https://new.example", Callback: "https://new.example/cb",
		AllowPrivateCallback: true, Enabled: true, ShareLabels: true, CreatedAt: c.at}
	if len(sites) != 3 || !reflect.DeepEqual(sites[1], want) {
		t.Errorf("got %+v, want %+v", sites[1], want)
	}
	if got := f.credentials(want.ID); !slices.Equal(got, []string{"key", "secret " + creds.Secret, "akismet " + creds.AkismetKey}) {
		t.Errorf("credentials are %q", got)
	}
	f.credential(want.ID, creds.Key, time.Time{})
}

// credentials lists a site's credentials that do not expire.
func (f *fixture) credentials(site int64) (list []string) {
	f.t.Helper()
	creds, err := f.Credentials(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, kind := range []models.CredentialKind{models.KeyCredential, models.SecretCredential, models.AkismetCredential} {
		for _, c := range creds {
			if c.SiteID == site && c.Kind == kind && c.ExpiresAt.IsZero() {
				list = append(list, strings.TrimSpace(string(kind)+" "+c.Value))
			}
		}
	}
	return list
}

// credential checks that a site has a key that expires at a time.
func (f *fixture) credential(site int64, key string, expires time.Time) {
	f.t.Helper()
	creds, err := f.Credentials(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range creds {
		if c.SiteID == site && bytes.Equal(c.Hash, models.HashKey(key)) {
			if !c.ExpiresAt.Equal(expires) {
				f.t.Errorf("the key expires at %s, want %s", c.ExpiresAt, expires)
			}
			return
		}
	}
	f.t.Error("the site has not that key")
}

func TestASitesNameIsUsedOnce(t *testing.T) {
	f := open(t)
	for _, name := range []string{"", "-a", "A", "a b", "ä", strings.Repeat("a", 41)} {
		if _, err := f.AddSite(t.Context(), models.Site{Name: name}); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, err := f.AddSite(t.Context(), models.Site{Name: "blog"}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a name in use: %v", err)
	}
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddSite(t.Context(), models.Site{Name: "blog"}); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "never") {
		t.Errorf("a removed site's name: %v", err)
	}
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	f.reopen()
	if _, err := f.AddSite(t.Context(), models.Site{Name: "blog"}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a purged site's name: %v", err)
	}
}

func TestSetSiteChangesWhatIsNamed(t *testing.T) {
	f := open(t)
	text := func(s string) *string { return &s }
	flag := func(b bool) *bool { return &b }
	for i, c := range []struct {
		change models.SiteChange
		want   models.Site
	}{
		{models.SiteChange{}, models.Site{Enabled: true}},
		{models.SiteChange{URL: text("u"), Callback: text("https://c")}, models.Site{URL: "u", Callback: "https://c", Enabled: true}},
		{models.SiteChange{AllowPrivateCallback: flag(true), Enabled: flag(false)}, models.Site{URL: "u", Callback: "https://c", AllowPrivateCallback: true}},
		{models.SiteChange{Callback: text(""), Enabled: flag(true)}, models.Site{URL: "u", AllowPrivateCallback: true, Enabled: true}},
		{models.SiteChange{AllowPrivateCallback: flag(false)}, models.Site{URL: "u", Enabled: true}},
	} {
		if err := f.SetSite(t.Context(), "blog", c.change); err != nil {
			t.Fatal(err)
		}
		sites, err := f.Sites(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := *sites[0]
		got.ID, got.Name, got.ShareLabels, got.CreatedAt = 0, "", false, time.Time{}
		if got != c.want {
			t.Errorf("after change %d: %+v, want %+v", i, got, c.want)
		}
	}
	if err := f.SetSite(t.Context(), "nowhere", models.SiteChange{}); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a site that is not there: %v", err)
	}
}

func TestARotatedCredentialWorksForADay(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	f := open(t, func(o *Options) { o.Now = c.now })
	rotate := func(atOnce bool) string {
		t.Helper()
		value, err := f.RotateCredential(t.Context(), "blog", models.KeyCredential, atOnce)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	count := func() int64 {
		return f.number("SELECT count(*) FROM site_credentials WHERE site_id = ? AND kind = 'key'", f.site.ID)
	}
	day := 24 * time.Hour
	first := rotate(false) // the one from the start expires in a day
	c.at = c.at.Add(time.Hour)
	second := rotate(false)
	f.credential(f.site.ID, first, c.at.Add(day))
	f.credential(f.site.ID, second, time.Time{})
	if n := count(); n != 3 {
		t.Errorf("%d keys", n)
	}
	c.at = c.at.Add(23 * time.Hour) // the one from the start has expired by now
	third := rotate(false)
	f.credential(f.site.ID, first, c.at.Add(time.Hour)) // not longer than promised
	f.credential(f.site.ID, second, c.at.Add(day))
	if n := count(); n != 3 {
		t.Errorf("%d keys, want the expired one gone", n)
	}
	last := rotate(true)
	f.credential(f.site.ID, last, time.Time{})
	if n := count(); n != 1 || third == last {
		t.Errorf("%d keys after rotating at once", n)
	}
	if got := f.credentials(f.site.ID); len(got) != 3 {
		t.Errorf("credentials are %q", got)
	}
	for _, kind := range []models.CredentialKind{models.SecretCredential, models.AkismetCredential} {
		value, err := f.RotateCredential(t.Context(), "blog", kind, true)
		if err != nil || !slices.Contains(f.credentials(f.site.ID), string(kind)+" "+value) {
			t.Errorf("rotating the %s: %v", kind, err)
		}
	}
	if _, err := f.RotateCredential(t.Context(), "nowhere", models.KeyCredential, false); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a site that is not there: %v", err)
	}
}

func TestRemoveSiteKeepsHistory(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	f.decide(judgement(rev, models.Approve))
	if held, err := f.RemoveSite(t.Context(), "blog"); err != nil || held != 0 {
		t.Fatal(held, err)
	}
	sites, err := f.Sites(t.Context())
	if err != nil || len(sites) != 1 || sites[0].Name != "other" {
		t.Errorf("sites are %+v, %v", sites, err)
	}
	if got := f.credentials(f.site.ID); len(got) != 0 {
		t.Errorf("credentials are %q", got)
	}
	f.reopen()
	if d := f.status(rev).Current; d == nil || d.Site != "blog" {
		t.Errorf("the decision is %+v", d)
	}
	if _, err := f.RemoveSite(t.Context(), "blog"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("removing it again: %v", err)
	}
	if !f.EverHadSites() {
		t.Error("no site was ever there")
	}
}

func TestWhatIsHeldOfARemovedSiteIsHeldNoMore(t *testing.T) {
	f := open(t)
	const n = endStep + 20
	for i := range n {
		f.decide(judgement(f.comment(fmt.Sprint("c-", i), "text"), models.Hold))
	}
	approved := f.comment("approved", "text")
	f.decide(judgement(approved, models.Hold))
	act := f.rule(verdict(approved, models.Approve, models.Ham), false)
	r := f.at(f.other, "stays", "text")
	f.accept(r)
	f.decide(judgement(r, models.Hold))
	failed, failing := f.comment("failed", "text"), f.comment("failing", "text")
	f.decide(deadly(failed))
	queued, edited := f.comment("queued", "text"), f.comment("c-1", "edited")
	held, err := f.RemoveSite(t.Context(), "blog")
	if err != nil || held != n+1 {
		t.Fatalf("%d were held, %v, want %d", held, err, n+1)
	}
	f.decide(judgement(queued, models.Hold), judgement(edited, models.Hold), deadly(failing)) // it was in the queue
	if _, err := f.Undo(t.Context(), act, ann, 0, 1, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a verdict of a removed site was undone: %v", err)
	}
	alone := func(when string) {
		t.Helper()
		if got := f.heldIDs(models.CommentFilter{}); !slices.Equal(got, []string{"stays"}) {
			t.Errorf("%s: held are %v", when, got)
		}
		if h := f.gauge("winnow_held"); h != 1 {
			t.Errorf("%s: winnow_held is %v", when, h)
		}
		if d := f.gauge("winnow_queue_dead"); d != 0 {
			t.Errorf("%s: winnow_queue_dead is %v", when, d)
		}
		if texts := f.number("SELECT count(*) FROM held_text"); texts != 1 {
			t.Errorf("%s: %d texts are kept to be searched", when, texts)
		}
	}
	alone("after the removal")
	if h := f.status(queued).History; len(h) != 1 || h[0].Action != models.Hold {
		t.Errorf("what was held has the history %+v", h)
	}
	f.reopen()
	alone("after a restart")
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	alone("after the purge")
}

// leaving is an observer at whose news of sites a caller leaves.
type leaving struct {
	Observer
	leave func()
}

func (l leaving) SitesChanged() { l.leave() }

func TestARemovalGoesOnWhenItsCallerLeaves(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	f := open(t)
	f.decide(judgement(f.comment("c", "text"), models.Hold))
	f.Store.opts.Observer = leaving{f.seen, leave}
	if held, err := f.RemoveSite(ctx, "blog"); err != nil || held != 1 || ctx.Err() == nil {
		t.Errorf("%d were held, %v", held, err)
	}
	if h := f.gauge("winnow_held"); h != 0 {
		t.Errorf("winnow_held is %v", h)
	}
}

// An older winnow, or a removal that was broken off, left the holds as they were.
func TestHoldsOfSitesRemovedEarlierEndAtAStart(t *testing.T) {
	f := open(t)
	f.decide(judgement(f.comment("c", "text"), models.Hold))
	if err := f.writer.do(t.Context(), &siteRemoval{s: f.Store, name: "blog"}); err != nil {
		t.Fatal(err)
	}
	if h := f.gauge("winnow_held"); h != 1 {
		t.Fatalf("winnow_held is %v", h)
	}
	f.reopen()
	if got, h := f.heldIDs(models.CommentFilter{}), f.gauge("winnow_held"); len(got) != 0 || h != 0 {
		t.Errorf("held are %v, winnow_held is %v", got, h)
	}
}

// everything counts the rows that hang on a site.
func (f *fixture) everything(site int64) (n int64) {
	f.t.Helper()
	for _, query := range []string{
		"SELECT count(*) FROM revisions WHERE site_id = ?", "SELECT count(*) FROM decisions WHERE site_id = ?",
		"SELECT count(*) FROM labels WHERE site_id = ?", "SELECT count(*) FROM site_credentials WHERE site_id = ?",
		"SELECT count(*) FROM retractions JOIN labels ON labels.seq = label_seq WHERE site_id = ?",
	} {
		n += f.number(query, site)
	}
	return n
}

func TestPurgeDeletesEverythingOfASiteAndNothingElse(t *testing.T) {
	f := open(t)
	if err := f.PurgeSite(t.Context(), "blog"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a site that was not removed: %v", err)
	}
	if _, err := f.RotateCredential(t.Context(), "blog", models.KeyCredential, false); err != nil {
		t.Fatal(err)
	}
	const n = purgeStep + 40
	for i := range n {
		for _, site := range []*models.Site{f.site, f.other} {
			if site == f.other && i >= 30 {
				break
			}
			r := f.at(site, fmt.Sprint("c-", i), "text")
			f.accept(r)
			switch i % 6 {
			case 0:
				f.decide(judgement(r, models.Hold))
			case 1:
				f.decide(deadly(r))
			case 2:
				f.label(r, models.Ham)
				f.label(r, models.Spam)
			case 3:
				f.accept(f.at(site, fmt.Sprint("c-", i), "edited"))
			case 4:
				f.decide(judgement(r, models.Approve))
				f.label(r, models.Spam)
			}
		}
	}
	// One that a moderator may still undo unseen is in no feed yet.
	err := f.writer.do(t.Context(), change(func(tx *tx) error {
		_, err := tx.exec("UPDATE decisions SET feed_seq = NULL WHERE seq IN (SELECT max(seq) FROM decisions GROUP BY site_id)")
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	others, log := f.everything(f.other.ID), len(f.labelLog(0))
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if n := f.everything(f.site.ID); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if n := f.everything(f.other.ID); n != others {
		t.Errorf("the other site has %d rows, had %d", n, others)
	}
	if n := len(f.labelLog(0)); n == 0 || n >= log {
		t.Errorf("the label log has %d entries, had %d", n, log)
	}
	if n := f.number("SELECT count(*) FROM sites WHERE name = 'blog' AND purged_at IS NOT NULL"); n != 1 {
		t.Error("the name is gone")
	}
	standing, err := f.Standing(t.Context())
	if err != nil || len(standing.Depths) != 1 || standing.Depths[f.other.ID] != len(f.seen.queued) {
		t.Errorf("standing is %+v, %v, the observer knows of %d", standing, err, len(f.seen.queued))
	}
	f.sound()
	f.seen.check(t)
	if err := f.PurgeSite(t.Context(), "blog"); err != nil {
		t.Errorf("purging again: %v", err)
	}
	f.reopen()
	f.sound()
}
