package e2e

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/server"
	"github.com/winnowd/winnow/signature"
)

// bad is one exchange over a connection of its own, and what must come of it.
type bad struct {
	name string
	sent string
	// want are the answers, joined by "; ": the status, with the kind of problem, or of a
	// batch with the statuses of its lines; "closed" where the connection ends instead.
	want string
	// then is done after sending; nil: wait for the answers.
	then func(*wire)
	// keeps are the ids of the comments that are taken all the same.
	keeps []string
	// unseen is the kind of a refusal that is counted although the client did not see it.
	unseen string
}

// victims are the sites that bad requests come from.
type victims struct {
	blog, other, off, gone models.Credentials
	now                    time.Time
}

const (
	smallBody  = 16 << 10 // the limits are lower than the defaults, to send less
	smallBatch = 64 << 10
)

// request is the text of a request with the blog's key; headers are "Name: value" and
// replace what is there, "Name:" leaves it out, and "+Name: value" adds to it.
func (v *victims) request(method, path, body string, headers ...string) string {
	fields := []string{"Host: winnow.example", "Authorization: Bearer " + v.blog.Key}
	if body != "" || method == http.MethodPost {
		media := "application/json"
		if strings.HasSuffix(path, "/batch") {
			media = "application/x-ndjson"
		}
		fields = append(fields, "Content-Type: "+media, fmt.Sprint("Content-Length: ", len(body)))
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if added, ok := strings.CutPrefix(name, "+"); ok {
			fields = append(fields, added+":"+value)
			continue
		}
		fields = slices.DeleteFunc(fields, func(f string) bool { return strings.HasPrefix(f, name+":") })
		if value != "" {
			fields = append(fields, h)
		}
	}
	return method + " " + path + " HTTP/1.1\r\n" + strings.Join(fields, "\r\n") + "\r\n\r\n" + body
}

func (v *victims) post(body string, headers ...string) string {
	return v.request(http.MethodPost, "/v1/comments", body, headers...)
}

func (v *victims) batch(body string, headers ...string) string {
	return v.request(http.MethodPost, "/v1/comments/batch", body, headers...)
}

func (v *victims) get(path string, headers ...string) string {
	return v.request(http.MethodGet, path, "", headers...)
}

// signed gives the headers of a message that a site signs, instead of its key.
func (v *victims) signed(site models.Credentials, id string, at time.Time, body string) []string {
	secret, err := signature.ParseSecret(site.Secret)
	if err != nil {
		panic(err) // winnow made it
	}
	h := http.Header{}
	signature.SetHeader(h, []signature.Secret{secret}, id, at, []byte(body))
	list := []string{"Authorization:", "Winnow-Site: " + site.Name}
	for _, name := range []string{signature.HeaderID, signature.HeaderTimestamp, signature.HeaderSignature} {
		list = append(list, name+": "+h.Get(name))
	}
	return list
}

// replaced gives the list with one header in another form.
func replaced(headers []string, header string) []string {
	name, _, _ := strings.Cut(header, ":")
	headers = slices.Clone(headers)
	for i, h := range headers {
		if strings.HasPrefix(h, name+":") {
			headers[i] = header
		}
	}
	return headers
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // a buffer takes everything
	_ = w.Close()
	return b.String()
}

func TestBadInputIsRefusedAndLeavesNothingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := t.TempDir()
	v := new(victims)
	small := func(cfg *configs.Config) {
		cfg.Server.MaxBody, cfg.Server.MaxBatchBody = smallBody, smallBatch
	}
	s := start(t, dir, "", small)
	v.blog, v.now = s.welcome, time.Now()
	admin, err := control.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, creds := range map[string]*models.Credentials{"other": &v.other, "off": &v.off, "gone": &v.gone} {
		if *creds, err = admin.AddSite(t.Context(), models.Site{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	disabled := false
	if err := admin.SetSite(t.Context(), "off", models.SiteChange{Enabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.RemoveSite(t.Context(), "gone", false); err != nil {
		t.Fatal(err)
	}
	if err := admin.Close(); err != nil {
		t.Fatal(err)
	}
	rows := tableRows(t, dir)
	expected := newBook()
	all := slices.Concat(v.framing(), v.pipelined(), v.media(), v.bodies(), v.paths(), v.keys(), v.signatures(), v.batches(), v.queries())
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) { expected.note(b, b.run(t, s)) })
	}
	s.feed(t, "", func(ds []decision) bool { return len(ds) >= len(expected.kept) }) // all are judged
	s.http.CloseIdleConnections()
	expected.compare(t, s)
	s.stop(t)

	// The same directory with little patience.
	s = start(t, dir, v.blog.Key, small, server.Timeouts{Header: 200 * time.Millisecond, Read: 400 * time.Millisecond, Idle: 200 * time.Millisecond})
	slow := newBook()
	for _, b := range v.slow() {
		t.Run(b.name, func(t *testing.T) { slow.note(b, b.run(t, s)) })
	}
	slow.compare(t, s)
	s.stop(t)
	if n := len(all) + len(v.slow()); n < 60 {
		t.Errorf("only %d exchanges", n)
	}
	goleak.VerifyNone(t, before)

	expected.kept = append(expected.kept, slow.kept...)
	slices.Sort(expected.kept)
	comments := checkDatabase(t, dir)
	var stored []string
	for id, revisions := range comments {
		if len(revisions) != 1 {
			t.Errorf("comment %s has %d revisions", id, len(revisions))
		}
		stored = append(stored, id)
	}
	slices.Sort(stored)
	if !slices.Equal(stored, expected.kept) {
		t.Errorf("stored are the comments\n%q, taken were\n%q", stored, expected.kept)
	}
	for table, n := range tableRows(t, dir) {
		switch table {
		case "revisions", "decisions", "held", "held_text", "tallies", "author_revisions", "author_emails", "policies", "policy_loads": // of the comments that were taken, and of both starts
		default:
			if n != rows[table] {
				t.Errorf("table %s had %d rows and has %d", table, rows[table], n)
			}
		}
	}
}

// run makes the exchange and returns the answers.
func (b bad) run(t *testing.T, s *site) []reply {
	t.Helper()
	w := dial(t, strings.TrimPrefix(s.base, "http://"))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		w.send(b.sent)
		if b.then != nil {
			b.then(w)
		}
	}()
	n := strings.Count(b.want, ";") + 1
	answers := w.replies(n)
	w.conn.Close()
	<-sent
	texts := make([]string, len(answers))
	for i, a := range answers {
		texts[i] = a.String()
	}
	if len(answers) < n {
		texts = append(texts, "closed")
	}
	if got := strings.Join(texts, "; "); got != b.want {
		var bodies []byte
		for _, a := range answers {
			bodies = append(bodies, a.body...)
		}
		t.Errorf("answered %q, want %q: %s", got, b.want, bodies)
	}
	asDescribed(t, b.sent, answers)
	return answers
}

// book counts what winnow's metrics should say.
type book struct {
	kept    []string
	refused map[string]float64
}

func newBook() *book { return &book{refused: make(map[string]float64)} }

// submission is the beginning of a request that submits comments.
var submission = regexp.MustCompile(`POST /v1/comments(/batch)?[ ?]`)

// note counts the refusals of an exchange: those of submissions, but not those that
// net/http gave before there was a request.
func (k *book) note(b bad, answers []reply) {
	k.kept = append(k.kept, b.keeps...)
	if b.unseen != "" {
		k.refused[b.unseen]++
	}
	if !submission.MatchString(b.sent) {
		return
	}
	for _, a := range answers {
		switch a.kind {
		case "", "method-not-allowed", "not-found", "bad-request", "header-too-large", "unknown-transfer-coding":
			for line := range bytes.Lines(a.body) {
				if _, name, ok := strings.Cut(string(line), `"problem":{"type":"urn:winnow:problem:`); ok && a.kind == "" {
					name, _, _ = strings.Cut(name, `"`)
					k.refused[name]++
				}
			}
		default:
			k.refused[a.kind]++
		}
	}
}

// compare holds the metrics against what was seen, once every connection has ended.
func (k *book) compare(t *testing.T, s *site) {
	t.Helper()
	eventually(t, "no connection is left", func() bool { return !strings.Contains(stacks(), "net/http.(*conn).serve") })
	got := s.metrics(t)
	for name, value := range got {
		reason, ok := strings.CutPrefix(name, `winnow_comments_refused_total{reason="`)
		if !ok {
			continue
		}
		reason = strings.TrimSuffix(reason, `"}`)
		if value != k.refused[reason] {
			t.Errorf("counted %g refusals %q, should be %g", value, reason, k.refused[reason])
		}
		delete(k.refused, reason)
	}
	for reason := range k.refused {
		t.Errorf("refusals %q are not counted", reason)
	}
	received := 0.0
	for name, value := range got {
		if strings.HasPrefix(name, "winnow_comments_received_total{") {
			received += value
		}
		if strings.HasPrefix(name, "winnow_http_requests_total{") && strings.Contains(name, `code="5`) && value > 0 {
			t.Errorf("%s is %g", name, value)
		}
	}
	if received != float64(len(k.kept)) {
		t.Errorf("counted %g accepted comments, should be %d", received, len(k.kept))
	}
}

// tableRows counts the rows of every table.
func tableRows(t *testing.T, dir string) map[string]int {
	t.Helper()
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: filepath.Join(dir, "winnow.db"), RawQuery: "mode=ro"}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := make(map[string]int)
	for _, table := range column(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM "`+table+`"`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		rows[table] = n
	}
	return rows
}
