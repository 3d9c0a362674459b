package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

type deliveries struct {
	Deliveries []models.DeliveryRow `json:"deliveries"`
	Stopped    []store.StoppedLane  `json:"stopped"`
}

// listed waits until the list of deliveries is as it should be.
func listed(t *testing.T, dir, what string, good func(deliveries) bool) (d deliveries) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if d = goodDeliveries(t, dir); good(d) {
			return d
		}
		if time.Now().After(deadline) {
			t.Fatalf("never %s: %+v", what, d)
		}
	}
}

func goodDeliveries(t *testing.T, dir string) deliveries {
	t.Helper()
	return good[deliveries](t, dir, "deliveries", "list")
}

func TestFailedDeliveriesAreListedAndSentAgain(t *testing.T) {
	dir := t.TempDir()
	d := serve(t, dir)
	if o := winnow(t, dir, "deliveries", "list"); o.out != "No failed deliveries.\n" {
		t.Errorf("got %+v", o)
	}
	h := newHook(t)
	h.status.Store(http.StatusInternalServerError)
	blog := good[fresh](t, dir, "site", "add", "blog", "--callback", h.URL, "--allow-private-callback")
	d.post(t, blog.Key, "c-1")
	v := listed(t, dir, "waits", func(d deliveries) bool { return len(d.Deliveries) == 1 }).Deliveries[0]
	if v.Site != "blog" || v.CommentID != "c-1" || v.State != models.DeliveryWaiting || v.LastStatus != 500 || v.Attempts == 0 || v.DueAt.IsZero() {
		t.Errorf("got %+v", v)
	}
	if o := winnow(t, dir, "deliveries", "list", "--state", "waiting", "--site", "blog"); !strings.Contains(o.out, v.ID) || !strings.Contains(o.out, "answered 500 Internal Server Error") {
		t.Errorf("got %+v", o)
	}
	if list := good[deliveries](t, dir, "deliveries", "list", "--state", "dead"); len(list.Deliveries) != 0 || list.Deliveries == nil {
		t.Errorf("got %+v", list)
	}
	type resent struct {
		Resent int `json:"resent"`
	}
	if n := good[resent](t, dir, "deliveries", "resend", "--all", "dead"); n.Resent != 0 {
		t.Errorf("%d dead", n.Resent)
	}
	h.status.Store(http.StatusNoContent)
	if n := good[resent](t, dir, "deliveries", "resend", "--id", strings.ToLower(v.ID), "--site", "blog"); n.Resent != 1 {
		t.Errorf("%d resent", n.Resent)
	}
	listed(t, dir, "delivered", func(d deliveries) bool { return len(d.Deliveries) == 0 })

	h.status.Store(http.StatusGone)
	d.post(t, blog.Key, "c-2")
	s := listed(t, dir, "stopped", func(d deliveries) bool { return len(d.Stopped) == 1 }).Stopped[0]
	if s.Site != "blog" || s.Since.IsZero() || s.Reason != "answered 410 Gone" {
		t.Errorf("got %+v", s)
	}
	if o := winnow(t, dir, "deliveries", "list"); !strings.Contains(o.out, "`winnow site set blog --enable` starts them again") {
		t.Errorf("got %+v", o)
	}
	if o := winnow(t, dir, "site", "show", "blog"); !strings.Contains(o.out, "(answered 410 Gone): `winnow site set blog --enable`") {
		t.Errorf("the site is shown as if all were well: %+v", o)
	}
	h.status.Store(http.StatusOK)
	good[models.Site](t, dir, "site", "set", "blog", "--enable")
	listed(t, dir, "started", func(d deliveries) bool { return len(d.Deliveries)+len(d.Stopped) == 0 })
	if o := winnow(t, dir, "site", "show", "blog"); strings.Contains(o.out, "410") {
		t.Errorf("got %+v", o)
	}
}

func TestDeliveriesSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	good[fresh](t, dir, "site", "add", "blog")
	bad(t, dir, 2, "usage", "say what to send again", "deliveries", "resend")
	bad(t, dir, 2, "usage", "say what to send again", "deliveries", "resend", "--all", "dead", "--id", "wn_1")
	bad(t, dir, 2, "usage", "must be dead", "deliveries", "resend", "--all", "waiting")
	bad(t, dir, 2, "usage", "must be waiting or dead", "deliveries", "list", "--state", "done")
	bad(t, dir, 2, "usage", "must be at least 1", "deliveries", "list", "--limit", "0")
	bad(t, dir, 1, "not-found", "nosuch", "deliveries", "list", "--site", "nosuch")
	bad(t, dir, 1, "invalid", "not an id that winnow gave", "deliveries", "resend", "--id", "c-1")
	for _, id := range []string{"wn_01M85DDCVZVDTYX70000000003", "wn_01m85ddcvzvdtyx70000000003"} {
		bad(t, dir, 1, "not-found", id, "deliveries", "resend", "--id", id)
	}
}
