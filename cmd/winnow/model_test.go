package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// trained is the result of `winnow model train`.
type trained struct {
	Ham     int     `json:"ham"`
	Spam    int     `json:"spam"`
	Version string  `json:"version"`
	Seconds float64 `json:"seconds"`
}

// label posts a comment of a text of its own and labels it.
func (s *served) label(t *testing.T, id string, label models.Label) {
	t.Helper()
	if status := s.post(t, s.first.Key, id); status != http.StatusOK {
		t.Fatalf("post: %d", status)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/v1/comments/"+id+"/label", strings.NewReader(fmt.Sprintf(`{"label":%q}`, label)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.first.Key)
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("label: %d", answer.StatusCode)
	}
}

func TestTheModelIsShownTrainedAndResetWithAndWithoutADaemon(t *testing.T) {
	dir := t.TempDir()
	bad(t, dir, 1, "not-found", "there is no winnow in", "model", "info")
	d := serve(t, dir)
	for i := range 6 {
		d.label(t, fmt.Sprint("spam-", i), models.Spam)
		d.label(t, fmt.Sprint("ham-", i), models.Ham)
	}
	check := func(how string) models.ModelInfo {
		t.Helper()
		info := good[models.ModelInfo](t, dir, "model", "info")
		if info.Ham != 6 || info.Spam != 6 || info.Features == 0 || info.Version == "" || len(info.Sites) != 1 {
			t.Fatalf("%s: %+v", how, info)
		}
		if s := info.Sites[0]; s.Site != "default" || s.Ham != 6 || s.Spam != 6 || !s.Shared || s.Warmth.Labels != 12 || s.Warmth.Needed < 20 {
			t.Errorf("%s: %+v", how, s)
		}
		if o := winnow(t, dir, "model", "info", "--site", "default"); o.code != 0 || !strings.Contains(o.out, fmt.Sprintf("12 of about %d labels before its own evidence leads", info.Sites[0].Warmth.Needed)) {
			t.Errorf("%s: %+v", how, o)
		}
		if got := good[trained](t, dir, "model", "train"); got.Ham != 6 || got.Spam != 6 || got.Version != info.Version {
			t.Errorf("%s: trained %+v, want version %s", how, got, info.Version)
		}
		return info
	}
	served := check("with a daemon")
	d.stop()
	if alone := check("without a daemon"); fmt.Sprint(alone) != fmt.Sprint(served) {
		t.Errorf("without a daemon %+v\nwith it %+v", alone, served)
	}

	type reset struct {
		Reset int `json:"reset"`
	}
	key := d.first.Key
	d = serve(t, dir)
	d.first.Key = key
	if got := good[reset](t, dir, "model", "reset"); got.Reset != 12 {
		t.Errorf("reset %+v", got)
	}
	for _, how := range []string{"with", "without"} {
		info := good[models.ModelInfo](t, dir, "model", "info")
		if info.Ham+info.Spam+info.Features != 0 || info.Sites[0].Ham+info.Sites[0].Spam != 0 || len(info.StrongestSpam) != 0 || info.Version == served.Version {
			t.Errorf("%s a daemon, after the reset: %+v", how, info)
		}
		if how == "with" {
			d.label(t, "ham-7", models.Ham)
			d.label(t, "spam-1", models.Spam) // again what was reset
			if got := good[reset](t, dir, "model", "reset", "--all"); got.Reset != 2 {
				t.Errorf("reset again %+v", got)
			}
			d.stop()
		}
	}
	if o := winnow(t, dir, "model", "reset", "--site", "default"); o.out != "0 labels count no more.\n" {
		t.Errorf("got %+v", o)
	}
	bad(t, dir, 1, "not-found", `site "none"`, "model", "reset", "--site", "none")
	bad(t, dir, 1, "not-found", `site "none"`, "model", "info", "--site", "none")
	bad(t, dir, 2, "usage", "exclude each other", "model", "reset", "--site", "default", "--all")
	bad(t, dir, 2, "usage", "--top 1001", "model", "info", "--top", "1001")
}
