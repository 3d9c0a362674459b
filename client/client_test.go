package client_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
)

func TestOptionsWithoutSenseAreRefused(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for name, o := range map[string]client.Options{
		"URL":                  {Key: "wk_x"},
		"URL \"winnow:8080\"":  {URL: "winnow:8080", Key: "wk_x"},
		"URL \"http://\"":      {URL: "http://", Key: "wk_x"},
		"URL \"http://a/?q\"":  {URL: "http://a/?q", Key: "wk_x"},
		"neither":              {URL: "http://a"},
		"webhook secret":       {URL: "http://a", Secret: "hush", Site: "blog"},
		"Secret needs Site":    {URL: "http://a", Secret: secret},
		"site name \"A Blog\"": {URL: "http://a", Secret: secret, Site: "A Blog"},
	} {
		_, err := client.New(o)
		if !errors.Is(err, models.ErrInvalid) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := client.New(client.Options{URL: "http://a/", Secret: secret, Site: "blog"}); err != nil {
		t.Error(err)
	}
}

func TestACommentIsSubmittedDecidedLabelledAndErased(t *testing.T) {
	w := running(t)
	c := connect(t, w.url, w.creds.Key)
	ctx := t.Context()

	for _, id := range []string{"c-1", "17", "..", ".", "batch", "a/b c?d#e%2F", "größe-日本", strings.Repeat("x", 200)} {
		r, err := c.SubmitAndWait(ctx, comment(id, "A remark about "+id), client.MaxWait)
		if err != nil || r.ID != id || r.Site != "default" || r.Revision != 1 || r.Status != "decided" || r.Decision == nil || r.Decision.Action != models.Approve {
			t.Fatalf("submit %q: %+v, %v", id, r, err)
		}
		again, err := c.Submit(ctx, comment(id, "A remark about "+id))
		if err != nil || again.ID != id || again.Revision != 1 || again.Decision != nil {
			t.Fatalf("submit %q again: %+v, %v", id, again, err)
		}
		s, err := c.Comment(ctx, id)
		if err != nil || s.ID != id || s.Status != "decided" || s.Decision.ID != r.Decision.ID || len(s.History) != 1 || s.ReceivedAt.IsZero() {
			t.Fatalf("look up %q: %+v, %v", id, s, err)
		}
		d, err := c.Label(ctx, id, models.Spam)
		if err != nil || d.Action != models.Reject || d.Sequence != 2 || d.Actor != models.SiteAdmin {
			t.Fatalf("label %q: %+v, %v", id, d, err)
		}
		for range 2 {
			if err := c.Remove(ctx, id); err != nil {
				t.Fatalf("remove %q: %v", id, err)
			}
		}
		if err := c.Erase(ctx, id); err != nil {
			t.Fatalf("erase %q: %v", id, err)
		}
		_, err = c.Submit(ctx, comment(id, "A remark about "+id))
		var p *client.Problem
		if !errors.As(err, &p) || p.Type != client.ProblemErased || !errors.Is(err, models.ErrConflict) {
			t.Fatalf("submit %q after it was erased: %v", id, err)
		}
	}
}

func TestACommentWithoutAnIDGetsOne(t *testing.T) {
	w := running(t)
	c := connect(t, w.url, w.creds.Key)
	uuid7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	sent := comment("", "Nameless")
	r, err := c.Submit(t.Context(), sent)
	if err != nil || !uuid7.MatchString(r.ID) || sent.ID != "" {
		t.Errorf("got %+v, %v; the comment is now %+v", r, err, sent)
	}
	results, err := c.Batch(t.Context(), []*models.Comment{comment("", "One"), comment("", "Two")})
	if err != nil || !uuid7.MatchString(results[0].ID) || !uuid7.MatchString(results[1].ID) || results[0].ID == results[1].ID {
		t.Errorf("got %+v, %v", results, err)
	}
}

func TestProblemsTellWhatIsWrong(t *testing.T) {
	w := running(t)
	good, wrong := connect(t, w.url, w.creds.Key), connect(t, w.url, "wk_wrong")
	ctx := t.Context()
	var p *client.Problem

	_, err := wrong.Submit(ctx, comment("c-1", "Hello"))
	if !errors.As(err, &p) || p.Status != 401 || !strings.HasPrefix(err.Error(), "submit comment: 401 ") {
		t.Errorf("wrong key: %v", err)
	}
	_, err = good.Comment(ctx, "nosuch")
	if !errors.As(err, &p) || p.Status != 404 || !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown comment: %v", err)
	}
	bad := comment("c-1", "Hello")
	bad.ContentType = "text/rtf"
	_, err = good.Submit(ctx, bad)
	if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Pointer != "/content_type" || !errors.Is(err, models.ErrInvalid) || !strings.Contains(err.Error(), "/content_type") {
		t.Errorf("wrong field: %v", err)
	}
	_, err = good.Label(ctx, "nosuch", "maybe")
	if !errors.As(err, &p) || p.Status != 422 {
		t.Errorf("wrong label: %v", err)
	}
	for doing, err := range map[string]error{"remove": good.Remove(ctx, ""), "erase": good.Erase(ctx, "")} {
		if !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s without an id: %v", doing, err)
		}
	}
}

func TestInABatchABadCommentFailsAlone(t *testing.T) {
	w := running(t)
	c := connect(t, w.url, w.creds.Key)
	comments := make([]*models.Comment, client.MaxBatch)
	for i := range comments {
		comments[i] = comment(fmt.Sprintf("c-%d", i), fmt.Sprintf("Remark number %d", i))
	}
	comments[7].ContentType = "text/rtf"
	results, err := c.Batch(t.Context(), comments)
	if err != nil || len(results) != len(comments) {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for i, r := range results {
		if bad := r.Problem != nil; r.ID != comments[i].ID || bad != (i == 7) || !bad && r.Revision != 1 || bad && r.Problem.Status != 422 {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	for _, n := range []int{0, client.MaxBatch + 1} {
		if _, err := c.Batch(t.Context(), make([]*models.Comment, n)); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%d comments: %v", n, err)
		}
	}
}

func TestASecretSignsWhatIsSubmittedAndNothingElse(t *testing.T) {
	w := running(t)
	signed := connect(t, w.url, "", func(o *client.Options) { o.Site, o.Secret = "default", w.creds.Secret })
	ctx := t.Context()
	r, err := signed.SubmitAndWait(ctx, comment("c-1", "Hello"), 100*time.Millisecond)
	if err != nil || r.ID != "c-1" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if results, err := signed.Batch(ctx, []*models.Comment{comment("c-2", "Hello again")}); err != nil || results[0].Problem != nil {
		t.Errorf("got %+v, %v", results, err)
	}
	if _, err := signed.Comment(ctx, "c-1"); err == nil || !strings.Contains(err.Error(), "Options.Key") {
		t.Errorf("look up without a key: %v", err)
	}
	for _, err := range signed.Follow(ctx, "") {
		if err == nil || !strings.Contains(err.Error(), "Options.Key") {
			t.Errorf("follow without a key: %v", err)
		}
	}
	other := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	forged := connect(t, w.url, "", func(o *client.Options) { o.Site, o.Secret = "default", other })
	var p *client.Problem
	if _, err := forged.Submit(ctx, comment("c-3", "Hello")); !errors.As(err, &p) || p.Status != 401 {
		t.Errorf("signed by another secret: %v", err)
	}
}
