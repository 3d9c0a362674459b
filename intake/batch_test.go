package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/models"
)

func (d *door) batch(body string, headers ...string) answer {
	d.t.Helper()
	if !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(h, "Content-Type") }) {
		headers = append([]string{"Content-Type: application/x-ndjson"}, headers...)
	}
	return d.do(http.MethodPost, "/v1/comments/batch", body, headers...)
}

// result is one line of a batch's answer.
type result struct {
	Line, Status, Revision int
	ID                     string
	Problem                *problemBody
}

func results(t *testing.T, a answer) []result {
	t.Helper()
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("got %d %q %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	var list []result
	for text := range strings.Lines(a.body) {
		var r result
		if err := json.Unmarshal([]byte(text), &r); err != nil || !strings.HasSuffix(text, "}\n") {
			t.Fatalf("line %q: %v", text, err)
		}
		list = append(list, r)
	}
	return list
}

func TestEveryLineOfABatchIsAnsweredInOrder(t *testing.T) {
	d := serve(t)
	d.erased[commentKey(1, "gone")] = true
	a := d.batch(strings.Join([]string{
		`{"id":"a","content":"one"}`,
		``,
		" \t\r",
		`{"id":"b"}` + "\r",
		`{"id":5.5}`,
		`{"id":"a","content":"two"}`,
		`{"id":"a","content":"two"}`,
		`[]`,
		`{"id":"big","content":"` + strings.Repeat("x", 64<<10+1) + `"}`,
		`{"id":"bigger","x":"` + strings.Repeat("x", 256<<10) + `"}`,
		`{"id":"gone"}`,
		`{"id":"c"} {"id":"d"}`,
		`{}`,
	}, "\n"))
	got := results(t, a)
	want := []result{
		{1, 202, 1, "a", nil}, {4, 202, 1, "b", nil}, {5, 422, 0, "", nil}, {6, 202, 2, "a", nil}, {7, 202, 2, "a", nil},
		{8, 400, 0, "", nil}, {9, 413, 0, "", nil}, {10, 413, 0, "", nil}, {11, 409, 0, "", nil}, {12, 400, 0, "", nil}, {13, 202, 1, "", nil},
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines: %s", len(got), a.body)
	}
	for i, g := range got {
		w := want[i]
		if g.Line != w.Line || g.Status != w.Status || g.Revision != w.Revision || g.ID != w.ID && w.Line != 13 {
			t.Errorf("line %d: got %+v, want %+v", w.Line, g, w)
		}
		if (g.Problem != nil) != (g.Status >= 400) || g.Problem != nil && g.Problem.Status != g.Status {
			t.Errorf("line %d: problem %+v", w.Line, g.Problem)
		}
	}
	if p := got[2].Problem; p.Type != "urn:winnow:problem:invalid" || len(p.Errors) != 1 || p.Errors[0].Pointer != "/id" {
		t.Errorf("problem of a wrong line: %+v", p)
	}
	if id, err := uuid.Parse(got[10].ID); err != nil || id.Version() != 7 {
		t.Errorf("id made for a line: %q", got[10].ID)
	}
	if !strings.HasPrefix(a.body, `{"line":1,"status":202,"id":"a","revision":1}`+"\n") {
		t.Errorf("first line of %s", a.body)
	}
}

func TestWholeBatchesAreRefusedWithNothingStored(t *testing.T) {
	small := func(o *intake.Options) { o.Limits.MaxBatchBody = 40 << 10 }
	lines := func(n int) string { return strings.Repeat("{}\n", n) }
	tests := map[string]struct {
		body    string
		headers []string
		status  int
		kind    string
	}{
		"too many lines":    {lines(1001), nil, 413, "too-large"},
		"body too large":    {strings.Repeat(" ", 40<<10) + "\n", nil, 413, "too-large"},
		"no key":            {lines(1), []string{"Authorization: "}, 401, "unauthorized"},
		"disabled site":     {lines(1), []string{"Authorization: Bearer " + offKey}, 403, "site-disabled"},
		"one comment's":     {lines(1), []string{"Content-Type: application/json"}, 415, "unsupported-media-type"},
		"other lines":       {lines(1), []string{"Content-Type: application/jsonl"}, 415, "unsupported-media-type"},
		"compressed":        {lines(1), []string{"Content-Encoding: gzip"}, 415, "unsupported-media-type"},
		"not UTF-8 by name": {lines(1), []string{"Content-Type: application/x-ndjson; charset=latin1"}, 415, "unsupported-media-type"},
	}
	d := serve(t, small)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { checkProblem(t, d.batch(tt.body, tt.headers...), tt.status, tt.kind) })
	}
	refusal := &models.Refusal{Kind: models.ErrUnavailable, Reason: "queue-age", Detail: "too old", RetryAfter: time.Minute}
	for name, where := range map[string]*error{"gate": &d.refusal, "store": &d.accepting} {
		*where = refusal
		a := d.batch(lines(3))
		if p := checkProblem(t, a, 503, "unavailable"); p.Reason != "queue-age" || a.header.Get("Retry-After") != "60" {
			t.Errorf("%s: %s", name, a.body)
		}
		*where = nil
	}
	if d.Position().Seq != 0 {
		t.Error("a refused batch left something behind")
	}
}

func TestBatchesOfNothingAndOfAThousand(t *testing.T) {
	d := serve(t, func(o *intake.Options) { o.Store = nothingKept{newMemory()} })
	for _, body := range []string{"", "\n", "\r\n \n"} {
		if a := d.batch(body); a.status != 200 || a.body != "" {
			t.Errorf("%q: got %d %q", body, a.status, a.body)
		}
	}
	got := results(t, d.batch(strings.Repeat("\n{}", 1000)))
	if len(got) != 1000 || got[999].Line != 1001 || got[999].Status != 202 {
		t.Errorf("%d results, last %+v", len(got), got[len(got)-1])
	}
	if a := d.do("GET", "/v1/comments/batch", ""); a.status != 404 || !strings.Contains(a.body, "no comment") {
		t.Errorf("the comment called batch: got %d %s", a.status, a.body)
	}
}

// nothingKept accepts all and says so to nobody.
type nothingKept struct{ *memory }

func (n nothingKept) AcceptAll(_ context.Context, revs []*models.Revision) ([]models.Outcome, error) {
	outcomes := make([]models.Outcome, len(revs))
	for i := range outcomes {
		outcomes[i].Revision = 1
	}
	return outcomes, nil
}

func TestLinesAreCountedOneByOne(t *testing.T) {
	reg := prometheus.NewRegistry()
	d := serve(t, func(o *intake.Options) { o.Registerer = reg })
	d.batch("{\"id\":\"a\"}\n{\"id\":\"a\"}\n{\"id\":\"b\"}\n[]\n{\"id\":true}")
	d.batch("{}", "Authorization: ")
	for labels, want := range map[string]float64{`invalid`: 1, `unreadable`: 1, `unauthorized`: 1} {
		if got := counter(t, reg, "winnow_comments_refused_total", labels); got != want {
			t.Errorf("refused as %s: %v", labels, got)
		}
	}
	if got := counter(t, reg, "winnow_comments_received_total", "blog"); got != 2 {
		t.Errorf("received %v, want 2", got)
	}
}

// counter reads the counter that has a label of a value.
func counter(t *testing.T, reg *prometheus.Registry, name, value string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetValue() == value {
					return m.GetCounter().GetValue()
				}
			}
		}
	}
	t.Fatalf("no %s of %s", name, value)
	return 0
}

func TestSitesAreHeldToTheirRate(t *testing.T) {
	clock := now
	d := serve(t, func(o *intake.Options) { o.MaxRate = 10; o.Now = func() time.Time { return clock } })
	for i := range 10 {
		d.submit(fmt.Sprintf(`{"id":"a%d"}`, i))
	}
	a := d.post(`{"id":"a"}`)
	if p := checkProblem(t, a, 429, "over-limit"); p.Reason != "site-rate" || a.header.Get("Retry-After") != "1" {
		t.Errorf("got %s, Retry-After %q", a.body, a.header.Get("Retry-After"))
	}
	if a := d.post(`{"id":"a"}`, "Authorization: Bearer "+otherKey); a.status != 202 {
		t.Errorf("another site: got %d", a.status)
	}
	clock = clock.Add(100 * time.Millisecond)
	d.post(`{"id":"b"}`)
	checkProblem(t, d.post(`{"id":"c"}`), 429, "over-limit")

	// A batch larger than the rate passes once the bucket is full, and has to be paid off.
	clock = clock.Add(time.Second)
	if got := results(t, d.batch(strings.Repeat("{}\n", 25))); len(got) != 25 {
		t.Errorf("%d results", len(got))
	}
	clock = clock.Add(time.Second)
	a = d.batch("{}\n{}")
	checkProblem(t, a, 429, "over-limit")
	if retry := a.header.Get("Retry-After"); retry != "1" {
		t.Errorf("Retry-After %q", retry)
	}
	clock = clock.Add(-time.Hour)
	checkProblem(t, d.batch("{}"), 429, "over-limit")
	clock = clock.Add(700 * time.Millisecond)
	if a := d.batch("{}\n{}"); a.status != 200 {
		t.Errorf("after the debt: got %d %s", a.status, a.body)
	}
}
