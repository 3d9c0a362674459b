// Command moderation measures what moderators wait for: it fills a database with
// comments, some of them held, and times the pages of the moderation service while
// further comments arrive.
//
//	go run ./bench/moderation -comments 1000000 -held 100000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
	"github.com/winnowd/winnow/store"
)

func main() {
	comments := flag.Int("comments", 1_000_000, "how many comments are stored")
	held := flag.Int("held", 100_000, "how many of them are held")
	moderators := flag.Int("moderators", 20, "how many moderators click at a time")
	clicks := flag.Int("clicks", 1000, "how many pages of each kind are asked for")
	flag.Parse()
	if err := run(context.Background(), *comments, *held, *moderators, *clicks); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// filler stores comments as intake and judge do.
type filler struct {
	store *store.Store
	keyer *identity.Keyer
	site  *models.Site
	share int // one of so many is held
}

func run(ctx context.Context, comments, held, moderators, clicks int) (err error) {
	dir, err := os.MkdirTemp("", "winnow-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f, service, err := prepare(ctx, s)
	if err != nil {
		return err
	}
	f.share = max(1, comments/max(1, held))
	begun := time.Now()
	const batch = 500
	for n := 0; n < comments; n += batch {
		if err := f.fill(ctx, n, min(batch, comments-n)); err != nil {
			return err
		}
	}
	fmt.Printf("filled with %d comments in %.0f s\n", comments, time.Since(begun).Seconds())
	for more := true; more; {
		if more, err = s.IndexAuthors(ctx); err != nil {
			return err
		}
	}
	return measure(ctx, f, service, comments, moderators, clicks)
}

func prepare(ctx context.Context, s *store.Store) (*filler, *moderation.Service, error) {
	if _, err := s.AddSite(ctx, models.Site{Name: "blog"}); err != nil {
		return nil, nil, err
	}
	sites, err := s.Sites(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := s.LoadedPolicy(ctx, "sha256:p", []byte("rules: []")); err != nil {
		return nil, nil, err
	}
	keyer, err := identity.New(make([]byte, identity.MinKeyBytes))
	if err != nil {
		return nil, nil, err
	}
	model, err := classifier.New(classifier.Options{Epoch: "bench"})
	if err != nil {
		return nil, nil, err
	}
	f := &filler{store: s, keyer: keyer, site: sites[0]}
	return f, moderation.New(moderation.Options{
		Store: s, Desk: s, Sites: f, Keyer: keyer, Classifier: model, Learner: moderation.NewLearner(s, model), Read: markup.Read,
		Lesson: classifier.LessonOf, Tokenizer: classifier.Tokenizer, Policy: func() string { return "sha256:p" },
		Registerer: prometheus.NewRegistry(), SpamAbove: 0.9, Window: 5 * time.Second,
	}), nil
}

// ByName finds the one site there is.
func (f *filler) ByName(name string) *models.Site {
	if name == f.site.Name {
		return f.site
	}
	return nil
}

var words = [...]string{"really", "liked", "this", "post", "about", "the", "weather", "cheap", "watches", "online", "thanks", "for", "sharing", "größe", "часы", "手表"}

// fill stores comments from a number on.
func (f *filler) fill(ctx context.Context, from, n int) error {
	r := rand.New(rand.NewPCG(1, uint64(from)))
	revs := make([]*models.Revision, n)
	for i := range revs {
		text := ""
		for range 40 {
			text += words[r.IntN(len(words))] + " "
		}
		author := r.IntN(200_000)
		c := models.Comment{
			ID: fmt.Sprintf("c-%d", from+i), Type: "comment", Content: fmt.Sprintf("%s number%d", text, from+i), ContentType: models.PlainText, Language: "en",
			Author: models.Author{Name: fmt.Sprintf("Author %d", author), Email: fmt.Sprintf("a%d@example.com", author), IP: fmt.Sprintf("10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))},
			Post:   models.Post{ID: fmt.Sprintf("p-%d", r.IntN(1000)), Title: "A post"},
		}
		revs[i] = &models.Revision{SiteID: f.site.ID, Site: f.site.Name, Protocol: "native", ReceivedAt: time.Now().UTC(), Comment: c, Keys: f.keyer.Keys(f.site.Name, &c)}
	}
	if err := f.accept(ctx, revs); err != nil {
		return err
	}
	js := make([]models.Judgement, n)
	for i, rev := range revs {
		action := models.Approve
		if (from+i)%f.share == 0 {
			action = models.Hold
		}
		js[i] = models.Judgement{Revision: rev, Decision: &models.Decision{
			Action: action, Source: models.FromClassifier, Actor: models.System, Score: r.Float64(), Judged: true,
			PolicyVersion: "sha256:p", ModelVersion: "m", DecidedAt: time.Now().UTC().Truncate(time.Millisecond),
			Reasons: []models.Reason{{Rule: "classifier", Action: action, Code: "classifier.unsure", Detail: "spam score"}},
		}}
	}
	return f.store.Decide(ctx, js)
}

func (f *filler) accept(ctx context.Context, revs []*models.Revision) error {
	var wg sync.WaitGroup
	errs := make([]error, len(revs))
	for i, rev := range revs {
		wg.Go(func() { _, errs[i] = f.store.Accept(ctx, rev) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// measure times pages, asked for by many at a time, while comments arrive.
func measure(ctx context.Context, f *filler, service *moderation.Service, stored, moderators, clicks int) error {
	arriving, stop := context.WithCancel(ctx)
	arrived := make(chan error, 1)
	go func() {
		for n := stored; ; n += 100 {
			if arriving.Err() != nil {
				arrived <- nil
				return
			}
			if err := f.fill(ctx, n, 100); err != nil {
				arrived <- err
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	user := &models.User{Email: "ann@example.com", Role: models.RoleAdmin}
	deep := models.CommentQuery{}
	for range 100 {
		p, err := service.List(ctx, user, deep)
		if err != nil {
			stop()
			return errors.Join(err, <-arrived)
		}
		deep.After = p.Cursor
	}
	var failed error
	for _, page := range pages(service, user, deep) {
		if err := page.measure(ctx, moderators, clicks); err != nil {
			failed = err
			break
		}
	}
	stop()
	return errors.Join(failed, <-arrived)
}

// page is a kind of page.
type page struct {
	name string
	ask  func(context.Context) error
	// divide asks for so many times fewer of a dear one.
	divide int
}

func pages(service *moderation.Service, user *models.User, deep models.CommentQuery) []page {
	list := func(q models.CommentQuery) func(context.Context) error {
		return func(ctx context.Context) error { _, err := service.List(ctx, user, q); return err }
	}
	return []page{
		{"held, newest", list(models.CommentQuery{}), 1},
		{"held, page 101", list(deep), 1},
		{"held, by score", list(models.CommentQuery{Order: models.Highest}), 1},
		{"held, likely spam", list(models.CommentQuery{Lane: models.LaneSpam}), 1},
		{"held, of an author", list(models.CommentQuery{Author: "a77@example.com"}), 1},
		{"held, search", list(models.CommentQuery{Text: "number99000"}), 5},
		{"held, search for common words", list(models.CommentQuery{Text: "часы watches"}), 5},
		{"approved", list(models.CommentQuery{Action: models.Approve}), 1},
		{"approved, of an author (a step)", list(models.CommentQuery{Action: models.Approve, Author: "a77@example.com"}), 5},
		{"a comment", func(ctx context.Context) error { _, err := service.Comment(ctx, user, "blog", "c-500"); return err }, 1},
		{"overview", func(ctx context.Context) error { _, err := service.Overview(ctx, user, "", 14); return err }, 1},
	}
}

func (p page) measure(ctx context.Context, moderators, clicks int) error {
	clicks = max(moderators, clicks/p.divide)
	times := make([]time.Duration, clicks)
	errs := make([]error, moderators)
	var wg sync.WaitGroup
	for m := range moderators {
		wg.Go(func() {
			for i := m; i < clicks; i += moderators {
				begun := time.Now()
				if err := p.ask(ctx); err != nil {
					errs[m] = err
					return
				}
				times[i] = time.Since(begun)
				time.Sleep(time.Duration(500+rand.IntN(1000)) * time.Millisecond) // they look at it, too
			}
		})
	}
	wg.Wait()
	slices.Sort(times)
	at := func(share float64) float64 { return times[int(share*float64(clicks-1))].Seconds() * 1000 }
	fmt.Printf("%-34s p50 %7.1f ms  p99 %7.1f ms  max %7.1f ms\n", p.name, at(0.5), at(0.99), at(1))
	return errors.Join(errs...)
}
