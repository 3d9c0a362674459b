package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

const (
	policyVersion = "sha256:bench"
	// site is where most comments are, and where those arrive that arrive while it is
	// measured; shop has a callback that never worked.
	site, shop = "blog", "shop"
	// days is how far back the comments go.
	days = 60
	// failed is how many deliveries are dead letters, noted how long the audit log is.
	failed, noted = 5000, 50_000
	batch         = 500
)

// filler stores comments as intake and judge do.
type filler struct {
	store *store.Store
	keyer *identity.Keyer
	sites []*models.Site
	share int // one of so many is held
	total int
}

// fill makes a database with comments, unless there is one.
func fill(ctx context.Context, w io.Writer, set settings) (err error) {
	done := filepath.Join(set.dir, "filled")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	if err := os.MkdirAll(set.dir, 0o700); err != nil {
		return err
	}
	keyer, err := identity.LoadOrCreate(filepath.Join(set.dir, daemon.KeyFile))
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{Dir: set.dir, Searchable: searchable})
	if err != nil {
		return err
	}
	f := &filler{store: s, keyer: keyer, share: max(1, set.comments/max(1, set.held)), total: set.comments}
	begun := time.Now()
	if err := errors.Join(f.everything(ctx), s.Close()); err != nil {
		return err
	}
	fmt.Fprintf(w, "filled with %d comments in %.0f s\n", set.comments, time.Since(begun).Seconds())
	return os.WriteFile(done, nil, 0o600)
}

// searchable is what a search of the daemon looks in, as far as these comments have it.
func searchable(c *models.Comment) string {
	return strings.Join([]string{c.Author.Name, c.Author.Email, c.Author.URL, c.Post.Title, c.Post.URL, c.ID, c.Content}, "\n")
}

func (f *filler) everything(ctx context.Context) error {
	for _, s := range []models.Site{{Name: site, URL: "https://blog.example"}, {Name: shop, URL: "https://shop.example", Callback: "https://shop.example/hook"}} {
		if _, err := f.store.AddSite(ctx, s); err != nil {
			return err
		}
	}
	var err error
	if f.sites, err = f.store.Sites(ctx); err != nil {
		return err
	}
	if err := f.store.LoadedPolicy(ctx, policyVersion, []byte("rules: []")); err != nil {
		return err
	}
	for n := 0; n < f.total; n += batch {
		if err := f.comments(ctx, n, min(batch, f.total-n)); err != nil {
			return err
		}
	}
	for more := true; more; {
		if more, err = f.store.IndexAuthors(ctx); err != nil {
			return err
		}
	}
	return errors.Join(f.deliveries(ctx), f.acts(ctx))
}

// comments stores comments from a number on.
func (f *filler) comments(ctx context.Context, from, n int) error {
	r := rand.New(rand.NewPCG(1, uint64(from)))
	began := time.Now().Add(-days * 24 * time.Hour)
	revs, js := make([]*models.Revision, n), make([]models.Judgement, n)
	for i := range revs {
		at := began.Add(time.Duration(float64(from+i) / float64(f.total) * days * 24 * float64(time.Hour))).UTC().Truncate(time.Millisecond)
		action := models.Approve
		switch {
		case (from+i)%f.share == 0:
			action = models.Hold
		case r.IntN(50) == 0:
			action = models.Reject
		}
		s := f.sites[siteOf(from+i)]
		c := comment(r, from+i, action != models.Approve)
		revs[i] = &models.Revision{SiteID: s.ID, Site: s.Name, Protocol: "native", ReceivedAt: at, Comment: c, Keys: f.keyer.Keys(s.Name, &c)}
		js[i] = models.Judgement{Revision: revs[i], Decision: decide(r, &c, action, at)}
	}
	outcomes, err := f.store.AcceptAll(ctx, revs)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
	}
	return f.store.Decide(ctx, js)
}

// deliveries leaves dead letters of the shop's newest decisions.
func (f *filler) deliveries(ctx context.Context) error {
	shopID := f.sites[1].ID
	var after int64
	var dead []models.Delivery
	for {
		ds, more, err := f.store.Feed(ctx, shopID, after, 1000)
		if err != nil {
			return err
		}
		for _, d := range ds {
			if after = d.FeedSeq; len(dead) < failed {
				dead = append(dead, models.Delivery{Seq: d.Seq, CommentID: d.CommentID, DecidedAt: d.DecidedAt, State: models.DeliveryDead, Attempts: 14, LastStatus: 502, LastAttemptAt: d.DecidedAt})
			}
		}
		if !more {
			break
		}
	}
	return f.store.RecordDeliveries(ctx, models.LaneProgress{SiteID: shopID, Cursor: after, Failed: dead})
}

// acts fills the audit log.
func (f *filler) acts(ctx context.Context) error {
	const writers = 64
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := w; n < min(noted, f.total) && errs[w] == nil; n += writers {
				errs[w] = f.store.Note(ctx, models.Act{
					Kind: "verdict", Actor: models.Actor{Kind: "user", Name: moderator(n % 20)}, SiteID: f.sites[0].ID, CommentID: fmt.Sprintf("c-%d", n),
					Detail: map[string]any{"action": "approve", "label": "ham"},
				})
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// siteOf is the index of the site of a comment: every fifth hundred is the shop's.
func siteOf(n int) int {
	if n/100%5 == 4 {
		return 1
	}
	return 0
}

func moderator(n int) string { return fmt.Sprintf("moderator%d@example.com", n) }
