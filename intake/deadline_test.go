package intake_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/intake"
)

func TestWaitsOutlastTheServersTimeouts(t *testing.T) {
	m := newMemory()
	h, err := intake.New(options(m))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	srv.Start()
	defer srv.Close()
	d := &door{memory: m, t: t, url: srv.URL, client: srv.Client(), handler: h}
	if a := d.get("/v1/decisions?wait=1"); a.body != `{"decisions":[],"cursor":"7.0","more":false}` {
		t.Errorf("long poll: got %d %s", a.status, a.body)
	}
	answers := make(chan answer, 1)
	go func() { answers <- d.post(`{"id":"a"}`, "Prefer: wait=30") }()
	rev := <-d.accepted
	time.Sleep(150 * time.Millisecond) // past both timeouts, which must not count
	d.Decide(rev, "approve")
	if a := <-answers; a.status != 200 || !strings.Contains(a.body, `"approve"`) {
		t.Errorf("wait: got %d %s", a.status, a.body)
	}
}
