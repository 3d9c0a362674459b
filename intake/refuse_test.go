package intake_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/models"
)

type problemBody struct {
	Type, Title, Detail, Cursor, Reason string
	Status                              int
	Errors                              []struct{ Pointer, Detail string }
}

// checkProblem checks that an answer is a problem of a type, and gives it.
func checkProblem(t *testing.T, a answer, status int, name string) problemBody {
	t.Helper()
	var p problemBody
	if a.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("got %d %q %s, want a problem", a.status, a.header.Get("Content-Type"), a.body)
	}
	if a.body != "" {
		if err := json.Unmarshal([]byte(a.body), &p); err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		if p.Type != "urn:winnow:problem:"+name || p.Status != status || p.Title == "" {
			t.Errorf("got %s, want a problem %s", a.body, name)
		}
	}
	if a.status != status {
		t.Errorf("got %d %s, want %d", a.status, a.body, status)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	return p
}

func TestBadBodiesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	tests := map[string]struct {
		body     string
		status   int
		kind     string
		pointers string // of the errors, by spaces; "-" for none
	}{
		"empty":                   {"", 400, "unreadable", "-"},
		"white space":             {" \n", 400, "unreadable", "-"},
		"text":                    {"hello", 400, "unreadable", "-"},
		"form":                    {"id=1&content=x", 400, "unreadable", "-"},
		"ends early":              {`{"id":"a"`, 400, "unreadable", "-"},
		"trailing comma":          {`{"id":"a",}`, 400, "unreadable", "-"},
		"two values":              {`{"id":"a"} {}`, 400, "unreadable", "-"},
		"trailing text":           {`{"id":"a"}x`, 400, "unreadable", "-"},
		"array":                   {`[{"id":"a"}]`, 400, "unreadable", "-"},
		"null":                    {`null`, 400, "unreadable", "-"},
		"string":                  {`"a"`, 400, "unreadable", "-"},
		"byte order mark":         {"\ufeff{}", 400, "unreadable", "-"},
		"comment":                 {"{/* */}", 400, "unreadable", "-"},
		"single quotes":           {"{'id':'a'}", 400, "unreadable", "-"},
		"NaN":                     {`{"meta":NaN}`, 400, "unreadable", "/meta"},
		"raw control character":   {"{\"id\":\"a\nb\"}", 400, "unreadable", "/id"},
		"invalid UTF-8":           {"{\"content\":\"a\xffb\"}", 400, "unreadable", "/content"},
		"invalid UTF-8 in a name": {"{\"a\xff\":1}", 400, "unreadable", "-"},
		"UTF-16":                  {"{\x00\"\x00i\x00d\x00", 400, "unreadable", "-"},
		"half a surrogate":        {`{"content":"\ud800"}`, 400, "unreadable", "/content"},
		"member twice":            {`{"id":"a","id":"a"}`, 400, "unreadable", "/id"},
		"member twice, escaped":   {`{"id":"a","\u0069d":"b"}`, 400, "unreadable", "/id"},
		"member twice, deeper":    {`{"author":{"name":"a","name":"b"}}`, 400, "unreadable", "/author/name"},
		"member twice, in meta":   {`{"meta":{"a":[{"b":1,"b":2}]}}`, 400, "unreadable", "/meta/a/0/b"},
		"member twice, unknown":   {`{"x":{"b":1,"b":2}}`, 400, "unreadable", "/x/b"},
		"unreadable after faults": {`{"id":5.5,"content":"a`, 400, "unreadable", "/content"},
		"too deep":                {`{"x":` + strings.Repeat("[", 20000) + `}`, 400, "unreadable", "*"},

		"content too large":  {`{"content":"` + long + `x"}`, 413, "too-large", "/content"},
		"meta too large":     {`{"meta":"` + long[:8<<10] + `"}`, 413, "too-large", "/meta"},
		"both too large":     {`{"meta":"` + long + `","content":"` + long + `x","id":5.5}`, 413, "too-large", "/meta /content"},
		"body too large":     {`{"x":"` + strings.Repeat(long, 4) + `"}`, 413, "too-large", "-"},
		"body one too large": {strings.Repeat(" ", 256<<10-1) + "{}", 413, "too-large", "-"},

		"id empty":              {`{"id":""}`, 422, "invalid", "/id"},
		"id too long":           {`{"id":"` + long[:201] + `"}`, 422, "invalid", "/id"},
		"id too long in bytes":  {`{"id":"` + strings.Repeat("é", 101) + `"}`, 422, "invalid", "/id"},
		"id of 201 digits":      {`{"id":` + strings.Repeat("1", 201) + `}`, 422, "invalid", "/id"},
		"id with tab":           {`{"id":"a\tb"}`, 422, "invalid", "/id"},
		"id with DEL":           {`{"id":"a\u007f"}`, 422, "invalid", "/id"},
		"id with C1":            {`{"id":"a\u0085"}`, 422, "invalid", "/id"},
		"id with NUL":           {`{"id":"a\u0000"}`, 422, "invalid", "/id"},
		"id fraction":           {`{"id":1.5}`, 422, "invalid", "/id"},
		"id point zero":         {`{"id":1.0}`, 422, "invalid", "/id"},
		"id exponent":           {`{"id":1e3}`, 422, "invalid", "/id"},
		"id minus zero":         {`{"id":-0}`, 422, "invalid", "/id"},
		"id negative":           {`{"id":-5}`, 422, "invalid", "/id"},
		"id true":               {`{"id":true}`, 422, "invalid", "/id"},
		"id object":             {`{"id":{}}`, 422, "invalid", "/id"},
		"id array":              {`{"id":["a"]}`, 422, "invalid", "/id"},
		"content number":        {`{"content":5}`, 422, "invalid", "/content"},
		"content array":         {`{"content":["a"]}`, 422, "invalid", "/content"},
		"content NUL":           {`{"content":"a\u0000"}`, 422, "invalid", "/content"},
		"content type unknown":  {`{"content_type":"text/rtf"}`, 422, "invalid", "/content_type"},
		"content type empty":    {`{"content_type":""}`, 422, "invalid", "/content_type"},
		"content type number":   {`{"content_type":1}`, 422, "invalid", "/content_type"},
		"date without time":     {`{"submitted_at":"2026-03-01"}`, 422, "invalid", "/submitted_at"},
		"date without zone":     {`{"submitted_at":"2026-03-01T10:00:00"}`, 422, "invalid", "/submitted_at"},
		"date with space":       {`{"edited_at":"2026-03-01 10:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date with comma":       {`{"edited_at":"2026-03-01T10:00:00,5Z"}`, 422, "invalid", "/edited_at"},
		"date, hour of a digit": {`{"edited_at":"2026-03-01T1:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date, point alone":     {`{"edited_at":"2026-03-01T10:00:00.Z"}`, 422, "invalid", "/edited_at"},
		"date, offset of 24":    {`{"edited_at":"2026-03-01T10:00:00+24:00"}`, 422, "invalid", "/edited_at"},
		"date, offset of :60":   {`{"edited_at":"2026-03-01T10:00:00+01:60"}`, 422, "invalid", "/edited_at"},
		"date, short offset":    {`{"edited_at":"2026-03-01T10:00:00+01"}`, 422, "invalid", "/edited_at"},
		"date of month 13":      {`{"edited_at":"2026-13-01T10:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date not in month":     {`{"edited_at":"2026-02-30T10:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date at 24:00":         {`{"edited_at":"2026-02-01T24:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date at second 61":     {`{"edited_at":"2026-02-01T23:59:61Z"}`, 422, "invalid", "/edited_at"},
		"date number":           {`{"edited_at":1772359200}`, 422, "invalid", "/edited_at"},
		"date empty":            {`{"edited_at":""}`, 422, "invalid", "/edited_at"},
		"date in 10000":         {`{"edited_at":"10000-01-01T00:00:00Z"}`, 422, "invalid", "/edited_at"},
		"date in 10000 UTC":     {`{"edited_at":"9999-12-31T23:59:59-05:00"}`, 422, "invalid", "/edited_at"},
		"date before 0 UTC":     {`{"post":{"published_at":"0000-01-01T00:00:00+05:00"}}`, 422, "invalid", "/post/published_at"},
		"post string":           {`{"post":"https://blog.example/"}`, 422, "invalid", "/post"},
		"author array":          {`{"author":[]}`, 422, "invalid", "/author"},
		"form boolean":          {`{"form":true}`, 422, "invalid", "/form"},
		"logged in string":      {`{"author":{"logged_in":"true"}}`, 422, "invalid", "/author/logged_in"},
		"logged in number":      {`{"author":{"logged_in":1}}`, 422, "invalid", "/author/logged_in"},
		"elapsed fraction":      {`{"form":{"elapsed_ms":1.5}}`, 422, "invalid", "/form/elapsed_ms"},
		"elapsed string":        {`{"form":{"elapsed_ms":"5"}}`, 422, "invalid", "/form/elapsed_ms"},
		"elapsed too great":     {`{"form":{"elapsed_ms":9223372036854775808}}`, 422, "invalid", "/form/elapsed_ms"},
		"post id number":        {`{"post":{"id":5}}`, 422, "invalid", "/post/id"},
		"NUL in meta":           {`{"meta":{"a":["x","\u0000"]}}`, 422, "invalid", "/meta/a/1"},
		"NUL in a meta name":    {`{"meta":{"a\u0000/":1}}`, 422, "invalid", "/meta/a\x00~1"},
		"NUL in the unknown":    {`{"x":"\u0000"}`, 422, "invalid", "/x"},
		"many faults": {`{"id":true,"content":1,"edited_at":"x","author":{"name":[],"email":{}},"form":{"elapsed_ms":"1"},"language":"\u0000","parent_id":2}`,
			422, "invalid", "/id /content /edited_at /author/name /author/email /form/elapsed_ms /parent_id /language"},
	}
	d := serve(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := d.post(tt.body)
			p := checkProblem(t, a, tt.status, tt.kind)
			var pointers []string
			for _, e := range p.Errors {
				pointers = append(pointers, e.Pointer)
				if e.Detail == "" {
					t.Errorf("the fault of %s has no detail", e.Pointer)
				}
			}
			got := strings.Join(pointers, " ")
			if len(pointers) == 0 {
				got = "-"
			}
			if tt.pointers != "*" && got != tt.pointers {
				t.Errorf("faults are at %q, want %q: %s", got, tt.pointers, a.body)
			}
			if p.Detail == "" {
				t.Errorf("no detail: %s", a.body)
			}
		})
	}
	if d.Position().Seq != 0 {
		t.Error("a refused comment left something behind")
	}
}

func TestBadHeadersAreRefusedInOrder(t *testing.T) {
	tests := map[string]struct {
		headers []string
		status  int
		kind    string
		name    string // of a header of the answer
		value   string
	}{
		"no key":             {[]string{"Authorization: "}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow"`},
		"Basic":              {[]string{"Authorization: Basic d2s6"}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow"`},
		"scheme alone":       {[]string{"Authorization: Bearer"}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow"`},
		"two keys":           {[]string{"Authorization: Bearer " + key, "Authorization: Bearer " + key}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow"`},
		"two tokens":         {[]string{"Authorization: Bearer " + key + " x"}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow"`},
		"unknown key":        {[]string{"Authorization: Bearer wk_nobody"}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow", error="invalid_token"`},
		"user's token":       {[]string{"Authorization: Bearer wu_user"}, 401, "unauthorized", "WWW-Authenticate", `Bearer realm="winnow", error="invalid_token"`},
		"disabled site":      {[]string{"Authorization: Bearer " + offKey}, 403, "site-disabled", "WWW-Authenticate", ""},
		"key before media":   {[]string{"Authorization: ", "Content-Type: text/plain"}, 401, "unauthorized", "", ""},
		"no content type":    {[]string{"Content-Type: "}, 415, "unsupported-media-type", "Accept", "application/json"},
		"form":               {[]string{"Content-Type: application/x-www-form-urlencoded"}, 415, "unsupported-media-type", "Accept", "application/json"},
		"text/json":          {[]string{"Content-Type: text/json"}, 415, "unsupported-media-type", "Accept", "application/json"},
		"json suffix":        {[]string{"Content-Type: application/ld+json"}, 415, "unsupported-media-type", "Accept", "application/json"},
		"broken type":        {[]string{"Content-Type: application/json; charset"}, 415, "unsupported-media-type", "Accept", "application/json"},
		"Latin-1":            {[]string{"Content-Type: application/json; charset=iso-8859-1"}, 415, "unsupported-media-type", "Accept", "application/json"},
		"gzip":               {[]string{"Content-Encoding: gzip"}, 415, "unsupported-media-type", "Accept-Encoding", "identity"},
		"identity then gzip": {[]string{"Content-Encoding: identity", "Content-Encoding: gzip"}, 415, "unsupported-media-type", "Accept-Encoding", "identity"},
	}
	d := serve(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := d.post(`{"id":`, tt.headers...)
			checkProblem(t, a, tt.status, tt.kind)
			if got := a.header.Get(tt.name); tt.name != "" && got != tt.value {
				t.Errorf("%s is %q, want %q", tt.name, got, tt.value)
			}
		})
	}
}

func TestGoodHeadersAreTaken(t *testing.T) {
	d := serve(t)
	for _, headers := range [][]string{
		{"Content-Type: application/json; charset=utf-8"},
		{"Content-Type: Application/JSON;charset=\"UTF-8\""},
		{"Content-Type: application/json; profile=x"},
		{"Content-Encoding: identity"},
		{"Authorization: bearer " + key},
		{"Authorization: BEARER   " + key},
	} {
		if a := d.post(`{}`, headers...); a.status != http.StatusAccepted {
			t.Errorf("%q: got %d %s", headers, a.status, a.body)
		}
		<-d.accepted
	}
}

func TestPathsAndMethodsThatAreNotThere(t *testing.T) {
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/v1", 404, ""}, {"GET", "/v1/", 404, ""}, {"GET", "/v1/nothing", 404, ""}, {"POST", "/v1/nothing", 404, ""},
		{"GET", "/v1/comments/", 404, ""}, {"GET", "/v1/comments/a/b", 404, ""}, {"GET", "/v1/comments/a/", 404, ""},
		{"POST", "/v1/comments/a/label/", 404, ""}, {"POST", "/v1/comments//label", 404, ""}, {"POST", "/v1/comments/../label", 404, ""},
		{"POST", "/v1/comments/a/Label", 404, ""}, {"POST", "/v1/comments/batch/", 404, ""}, {"POST", "/v1/comments/a/b/label", 404, ""},
		{"POST", "/v1/comments/", 404, ""}, {"POST", "/v1//comments", 404, ""},
		{"POST", "/v1/./comments", 404, ""}, {"POST", "/v1/x/../comments", 404, ""}, {"GET", "/v1/comments/.", 404, ""},
		{"GET", "/v1/comments/..", 404, ""}, {"GET", "/v1/decisions/", 404, ""}, {"GET", "/v1/Comments/a", 404, ""},
		{"GET", "/v1/comments", 405, "POST"}, {"HEAD", "/v1/comments", 405, "POST"}, {"OPTIONS", "/v1/comments", 405, "POST"},
		{"PUT", "/v1/comments/a", 405, "DELETE, GET, HEAD"}, {"OPTIONS", "/v1/comments/a", 405, "DELETE, GET, HEAD"},
		{"POST", "/v1/comments/a", 405, "DELETE, GET, HEAD"}, {"POST", "/v1/comments/%62atch", 405, "DELETE, GET, HEAD"},
		{"PUT", "/v1/comments/batch", 405, "DELETE, GET, HEAD, POST"}, {"GET", "/v1/comments/a/label", 405, "POST"},
		{"DELETE", "/v1/comments/a/label", 405, "POST"}, {"PUT", "/v1/comments/batch/label", 405, "POST"},
		{"DELETE", "/v1/comments", 405, "POST"}, {"DELETE", "/v1/decisions", 405, "GET, HEAD"},
		{"POST", "/v1/decisions", 405, "GET, HEAD"}, {"BREW", "/v1/decisions", 405, "GET, HEAD"}, {"OPTIONS", "/v1/decisions", 405, "GET, HEAD"},
	}
	d := serve(t)
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			for _, auth := range []string{"Authorization: Bearer " + key, "Authorization: "} {
				name := map[int]string{404: "not-found", 405: "method-not-allowed"}[tt.status]
				a := d.do(tt.method, tt.path, "", auth)
				checkProblem(t, a, tt.status, name)
				if got := a.header.Get("Allow"); got != tt.allow {
					t.Errorf("Allow is %q, want %q", got, tt.allow)
				}
			}
		})
	}
}

func TestRefusalsOfGateAndStoreAreTold(t *testing.T) {
	share := &models.Refusal{Kind: models.ErrOverShare, Reason: "site-share", Detail: "100 comments are waiting", RetryAfter: 1500 * time.Millisecond}
	age := &models.Refusal{Kind: models.ErrUnavailable, Reason: "queue-age", Detail: "too old", RetryAfter: time.Minute}
	tests := map[string]struct {
		err                 error
		status              int
		kind, reason, retry string
	}{
		"over share":        {share, 429, "over-limit", "site-share", "2"},
		"unavailable":       {fmt.Errorf("accept: %w", age), 503, "unavailable", "queue-age", "60"},
		"bare unavailable":  {fmt.Errorf("accept: %w", models.ErrUnavailable), 503, "unavailable", "", "5"},
		"bare over share":   {models.ErrOverShare, 429, "over-limit", "", "5"},
		"erased":            {fmt.Errorf("accept: %w", models.ErrConflict), 409, "erased", "", ""},
		"something unknown": {errors.New("secret words"), 500, "internal", "", ""},
	}
	d := serve(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, where := range []*error{&d.refusal, &d.accepting} {
				d.mu.Lock()
				*where = tt.err
				d.mu.Unlock()
				a := d.post(`{"id":"a"}`)
				p := checkProblem(t, a, tt.status, tt.kind)
				if p.Reason != tt.reason || a.header.Get("Retry-After") != tt.retry || strings.Contains(a.body, "secret") {
					t.Errorf("got %s, Retry-After %q", a.body, a.header.Get("Retry-After"))
				}
				d.mu.Lock()
				*where = nil
				d.mu.Unlock()
			}
		})
	}
}

func TestGateIsAskedBeforeTheBodyIsRead(t *testing.T) {
	d := serve(t)
	d.refusal = &models.Refusal{Kind: models.ErrUnavailable, Reason: "queue-age", RetryAfter: time.Second}
	checkProblem(t, d.post(`not JSON`), 503, "unavailable")
	checkProblem(t, d.post(strings.Repeat(" ", 300<<10)), 413, "too-large")
}

func TestUnknownErrorsAreLoggedOnceAndNotTold(t *testing.T) {
	var log bytes.Buffer
	d := serve(t, func(o *intake.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	d.accepting = errors.New("secret words")
	checkProblem(t, d.post(`{}`), 500, "internal")
	d.accepting, d.reading = nil, errors.New("other words")
	checkProblem(t, d.get("/v1/comments/a"), 500, "internal")
	checkProblem(t, d.get("/v1/decisions"), 500, "internal")
	if got := log.String(); strings.Count(got, "secret words") != 1 || strings.Count(got, "other words") != 2 {
		t.Errorf("logged: %s", got)
	}
}

func TestRefusalsAreCountedByReason(t *testing.T) {
	reg := prometheus.NewRegistry()
	d := serve(t, func(o *intake.Options) { o.Registerer = reg })
	d.handler.InitSite("quiet")
	d.post(`{`)
	d.post(`[]`)
	d.post(`{}`, "Authorization: ")
	d.accepting = &models.Refusal{Kind: models.ErrUnavailable, Reason: "queue-age"}
	d.post(`{}`)
	d.accepting = &models.Refusal{Kind: models.ErrUnavailable, Reason: "never heard of"}
	d.post(`{}`)
	d.accepting = nil
	d.submit(`{"id":"a"}`)
	d.post(`{"id":"a"}`) // repeated: not counted
	want := `
# HELP winnow_comments_received_total Revisions of comments that were accepted, without repetitions, by site and protocol.
# TYPE winnow_comments_received_total counter
winnow_comments_received_total{protocol="native",site="blog"} 1
winnow_comments_received_total{protocol="native",site="quiet"} 0
# HELP winnow_comments_refused_total Submissions that were refused, by reason.
# TYPE winnow_comments_refused_total counter
`
	counts := map[string]int{"unreadable": 2, "unauthorized": 1, "queue-age": 1, "other": 1}
	for _, reason := range []string{"erased", "internal", "invalid", "other", "over-limit", "queue-age", "site-disabled", "site-rate", "site-share",
		"too-large", "too-slow", "unauthorized", "unavailable", "unknown-senders", "unreadable", "unsupported-media-type"} {
		want += fmt.Sprintf("winnow_comments_refused_total{reason=%q} %d\n", reason, counts[reason])
	}
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	for name, drop := range map[string]func(*intake.Options){
		"Store":      func(o *intake.Options) { o.Store = nil },
		"Feed":       func(o *intake.Options) { o.Feed = nil },
		"Moderation": func(o *intake.Options) { o.Moderation = nil },
		"Sites":      func(o *intake.Options) { o.Sites = nil },
		"Gate":       func(o *intake.Options) { o.Gate = nil },
		"Keyer":      func(o *intake.Options) { o.Keyer = nil },
		"Events":     func(o *intake.Options) { o.Events = nil },
		"Registerer": func(o *intake.Options) { o.Registerer = nil },
		"Logger":     func(o *intake.Options) { o.Logger = nil },
	} {
		opts := options(newMemory())
		drop(&opts)
		if _, err := intake.New(opts); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v", name, err)
		}
	}
}

func TestRoutesNameEveryStatusOnce(t *testing.T) {
	for _, r := range intake.Routes() {
		if !slices.IsSorted(r.Codes) || len(slices.Compact(slices.Clone(r.Codes))) != len(r.Codes) {
			t.Errorf("%s %s: %v", r.Method, r.Pattern, r.Codes)
		}
	}
}
