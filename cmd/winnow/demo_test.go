package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/demo"
	"github.com/winnowd/winnow/models"
)

// alone makes a working directory and a directory for temporary files that must both be
// empty in the end. The working directory has a configuration that no command would take.
func alone(t *testing.T) {
	t.Helper()
	work, temporary := t.TempDir(), t.TempDir()
	t.Chdir(work)
	t.Setenv("TMPDIR", temporary)
	write(t, "winnow.yaml", "this: is wrong")
	t.Cleanup(func() {
		for dir, want := range map[string]int{work: 1, temporary: 0} {
			if left, err := os.ReadDir(dir); err != nil || len(left) != want {
				t.Errorf("left in %s: %v, %v", dir, left, err)
			}
		}
	})
}

var demoEnv = []string{"WINNOW_DATA_DIR=elsewhere", "WINNOW_NOSUCH=1"}

func TestDemoShowsEveryDecisionAndLeavesNothing(t *testing.T) {
	alone(t)
	o := winnowEnv(t, demoEnv, "demo", "--once")
	if o.code != 0 || o.err != "" {
		t.Fatalf("exit code %d, %s", o.code, o.err)
	}
	samples, err := demo.Samples()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		author := strings.TrimSpace(fit(cell(s.Comment.Author.Name), authorColumns))
		line := regexp.MustCompile(`(?m)^` + string(s.Must) + ` +` + regexp.QuoteMeta(author) + ` +\S.* ` + s.Rule + `: \S.*$`)
		if !line.MatchString(o.out) {
			t.Errorf("%s, %s: no line %s", s.Comment.ID, s.Note, line)
		}
	}
	for _, want := range []string{
		"link-limit: 6 links, at most 2 are allowed\n", "required-fields: author.email is missing\n",
		"20 comments: 10 approved, 10 held for a moderator, 0 rejected.", "20 of 20 are what they must be.",
	} {
		if !strings.Contains(o.out, want) {
			t.Errorf("%q is missing in\n%s", want, o.out)
		}
	}
	if strings.ContainsAny(o.out, "\x1b�") || strings.Contains(o.out, "Ctrl-C") || !regexp.MustCompile(`metrics at http://127\.0\.0\.1:\d+/metrics\n`).MatchString(o.out) {
		t.Errorf("printed\n%s", o.out)
	}
}

func TestDemoPrintsJSON(t *testing.T) {
	alone(t)
	o := winnowEnv(t, demoEnv, "demo", "--once", "--json")
	var r demoResult
	if err := json.Unmarshal([]byte(o.out), &r, json.RejectUnknownMembers(true)); err != nil || o.code != 0 || o.err != "" {
		t.Fatalf("%v: %+v", err, o)
	}
	if len(r.Comments) != 20 || r.Actions[models.Approve] != 10 || r.Actions[models.Hold] != 10 || r.MedianMS <= 0 {
		t.Errorf("got %+v", r)
	}
	for _, c := range r.Comments {
		if c.Fault != "" || c.Decision == nil || c.Decision.CommentID != c.ID || c.Decision.Action != c.Must || c.Decision.PolicyVersion == "" {
			t.Errorf("comment %+v", c)
		}
	}
}

func TestDemoHasNoDirectoryOfOthers(t *testing.T) {
	bad(t, t.TempDir(), 2, "usage", "--data-dir makes no sense here", "demo", "--once")
	if o := winnowEnv(t, nil, "demo", "--config", "winnow.yaml"); o.code != 2 || !strings.Contains(o.err, "--config makes no sense here") {
		t.Errorf("got %+v", o)
	}
	if o := winnowEnv(t, nil, "demo", "--log-level", "loud"); o.code != 2 {
		t.Errorf("got %+v", o)
	}
	if o := winnowEnv(t, nil, "demo", "again"); o.code != 2 {
		t.Errorf("got %+v", o)
	}
}

func TestDemoThatIsCutOffFails(t *testing.T) {
	alone(t)
	for name, until := range map[string]string{"before the first comment": "A throw-away", "between comments": "\nhold"} {
		ctx, cancel := context.WithCancel(t.Context())
		var said bytes.Buffer
		code := run(ctx, []string{"demo", "--once"}, nil, &watched{part: until, seen: cancel}, &said)
		cancel()
		if code != 1 || said.Len() == 0 {
			t.Errorf("%s: exit code %d, %q", name, code, said.String())
		}
	}
	var said bytes.Buffer
	if code := run(t.Context(), []string{"demo", "--once"}, nil, broken{}, &said); code != 1 || !strings.Contains(said.String(), io.ErrClosedPipe.Error()) {
		t.Errorf("exit code %d, %q", code, said.String())
	}
}

// watched calls seen once a part was written.
type watched struct {
	text bytes.Buffer
	part string
	seen func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.text.Write(p)
	if strings.Contains(w.text.String(), w.part) {
		w.seen()
	}
	return len(p), nil
}

func TestDemoFailsIfADecisionIsNotWhatItMustBe(t *testing.T) {
	approve := &models.Decision{Action: models.Approve, Reasons: []models.Reason{{Rule: "classifier", Detail: "spam score 0.01"}}}
	sample := demo.Sample{Must: models.Approve, Rule: "classifier", Note: "a correction", Comment: models.Comment{ID: "c-2"}}
	wrong := sample
	wrong.Must, wrong.Comment.ID = models.Hold, "c-3"
	for _, test := range []struct {
		samples []demo.Sample
		d       *models.Decision
		want    string
	}{
		{[]demo.Sample{sample, sample}, approve, ""},
		{[]demo.Sample{sample, wrong}, approve, "c-3: the decision is approve, must be hold"},
		{[]demo.Sample{wrong, wrong}, approve, "2 decisions are not what they must be, the first one that of c-3: "},
		{[]demo.Sample{sample}, nil, "c-2: no decision arrived"},
	} {
		var out bytes.Buffer
		s := newStage(&app{stdout: &out}, true, demoAddresses{})
		for i := range test.samples {
			if err := s.decided(&test.samples[i], test.d, time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		err := s.verdict()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("got %v, want %q", err, test.want)
		}
		if shown := strings.Contains(out.String(), "wrong: "); shown != (test.want != "") {
			t.Errorf("printed %q", out.String())
		}
	}
}

// TestDemoStaysOpenUntilItIsInterrupted runs the demo in a process of its own, as a
// signal would reach the test, too.
func TestDemoStaysOpenUntilItIsInterrupted(t *testing.T) {
	alone(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, "demo")
	c.Env = append(os.Environ(), "RUN_AS_WINNOW=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	metrics := regexp.MustCompile(`^  metrics +(http://127\.0\.0\.1:\d+/metrics)$`)
	found := false
	for s := bufio.NewScanner(out); s.Scan(); {
		m := metrics.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		found = true
		if text := get(t, m[1]); !strings.Contains(text, `winnow_decisions_total{action="approve",site="default",source="classifier"}`) {
			t.Errorf("metrics:\n%s", text)
		}
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
	}
	if err := c.Wait(); err != nil || !found || said.Len() > 0 {
		t.Errorf("ended by %v, metrics were found: %v, standard error: %s", err, found, said.String())
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
