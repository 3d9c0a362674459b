package demo_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/demo"
	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheSamplesShowWhatWinnowDoes(t *testing.T) {
	samples, err := demo.Samples()
	if err != nil {
		t.Fatal(err)
	}
	ids, rules := map[string]bool{}, map[string]int{}
	languages := map[models.Action]map[string]bool{models.Approve: {}, models.Hold: {}}
	long := false
	for _, s := range samples {
		c := &s.Comment
		check(t, c)
		if ids[c.ID] || s.Note == "" || s.Rule == "" || languages[s.Must] == nil {
			t.Errorf("sample %+v", s)
		}
		ids[c.ID] = true
		rules[s.Rule]++
		if s.Rule == "classifier" {
			languages[s.Must][c.Language] = true
		}
		long = long || s.Must == models.Approve && len(c.Content) > 700 && !strings.Contains(c.Content, "http")
	}
	if len(samples) != 20 || !long {
		t.Errorf("%d samples, with a long critical text that must be approved: %v", len(samples), long)
	}
	for _, rule := range []string{"required-fields", "link-limit", "duplicate", "honeypot"} {
		if rules[rule] != 1 {
			t.Errorf("%d samples of %s", rules[rule], rule)
		}
	}
	for action, in := range languages {
		if len(in) != 4 {
			t.Errorf("to %s by the filter there are texts in %v, want four languages", action, in)
		}
	}
}

// check holds a text to the addresses that are kept for documentation.
func check(t *testing.T, c *models.Comment) {
	t.Helper()
	ip, err := netip.ParseAddr(c.Author.IP)
	kept := false
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} {
		kept = kept || netip.MustParsePrefix(p).Contains(ip)
	}
	if err != nil || !kept || c.Author.Email != "" && !strings.HasSuffix(c.Author.Email, ".example") {
		t.Errorf("%s is by somebody who may exist: %+v", c.ID, c.Author)
	}
	for _, link := range strings.Split(c.Content, "://")[1:] {
		host, _, _ := strings.Cut(link, "/")
		if host = strings.Fields(host)[0]; !strings.HasSuffix(host, ".example") {
			t.Errorf("%s has a link to %s", c.ID, host)
		}
	}
}

func TestTheLessonsAreOtherTextsInEqualNumbers(t *testing.T) {
	lessons, err := demo.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := demo.Samples()
	if err != nil {
		t.Fatal(err)
	}
	texts, counts := map[string]bool{}, map[models.Label]int{}
	for i := range samples {
		texts[samples[i].Comment.Content] = true
	}
	for i := range lessons {
		check(t, &lessons[i].Comment)
		counts[lessons[i].Label]++
		if texts[lessons[i].Comment.Content] {
			t.Errorf("lesson %s is one of the samples", lessons[i].Comment.ID)
		}
	}
	if counts[models.Ham] != 12 || counts[models.Spam] != 12 || len(counts) != 2 {
		t.Errorf("labels %v", counts)
	}
}

func TestAFaultIsWhatDiffers(t *testing.T) {
	s := demo.Sample{Must: models.Hold, Rule: "link-limit"}
	by := func(action models.Action, rules ...string) *models.Decision {
		d := &models.Decision{Action: action}
		for _, r := range rules {
			d.Reasons = append(d.Reasons, models.Reason{Rule: r})
		}
		return d
	}
	for want, d := range map[string]*models.Decision{
		"":                                      by(models.Hold, "link-limit", "classifier"),
		"no decision arrived":                   nil,
		"the decision is approve, must be hold": by(models.Approve, "link-limit"),
		"another rule than link-limit decided":  by(models.Hold, "classifier", "link-limit"),
	} {
		if got := s.Fault(d); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := s.Fault(by(models.Hold)); got == "" {
		t.Error("a decision without reasons is no fault")
	}
}

// open runs a daemon and a blog whose callback it calls.
func open(t *testing.T) *demo.Blog {
	t.Helper()
	cfg := configs.Default()
	cfg.DataDir = t.TempDir()
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	log := slog.New(slog.DiscardHandler)
	var made models.Welcome
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: log, Welcome: func(w models.Welcome) { made = w }})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := d.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	b, err := demo.Open(t.Context(), "http://"+d.Addr(), made.Credentials, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	admin, closeAdmin, err := daemon.OpenAdmin(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	callback, private := b.Callback(), true
	err = admin.SetSite(t.Context(), made.Name, models.SiteChange{Callback: &callback, AllowPrivateCallback: &private})
	if err := errors.Join(err, closeAdmin()); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheBlogGetsTheDecisionItWaitsForAndTheOthersLater(t *testing.T) {
	b := open(t)
	later := make(chan *models.Decision, 10)
	b.Later(func(d *models.Decision) { later <- d })
	c := &models.Comment{ID: "c-1", Content: "Hello", Author: models.Author{Name: "Ann", Email: "ann@example.com"}}
	d, took, err := b.Post(t.Context(), c)
	if err != nil || d.CommentID != "c-1" || d.Sequence != 1 || took <= 0 {
		t.Fatalf("got %+v after %v, %v", d, took, err)
	}
	if err := b.Teach(t.Context(), []demo.Lesson{{Label: models.Spam, Comment: *c}}); err != nil {
		t.Fatal(err)
	}
	if d := <-later; d.CommentID != "c-1" || d.Sequence != 2 || d.Action != models.Reject {
		t.Errorf("later came %+v", d)
	}
	bad := *c
	bad.ContentType = "text/rtf"
	if err := b.Teach(t.Context(), []demo.Lesson{{Label: models.Spam, Comment: bad}}); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("a comment that is refused: %v", err)
	}
	if _, _, err := b.Post(t.Context(), &bad); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("a comment that is refused: %v", err)
	}
}

// TestADecisionThatDoesNotComeIsNotWaitedForForEver has a daemon that accepts and calls
// nobody.
func TestADecisionThatDoesNotComeIsNotWaitedForForEver(t *testing.T) {
	accepted := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(accepted)
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"id":"c-1","site":"blog","revision":1,"status":"queued"}`))
	}))
	defer mute.Close()
	creds := models.Credentials{Name: "blog", Key: "wk_x", Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	b, err := demo.Open(t.Context(), mute.URL, creds, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-accepted
		cancel()
	}()
	if d, _, err := b.Post(ctx, &models.Comment{ID: "c-1"}); d != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v", d, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
