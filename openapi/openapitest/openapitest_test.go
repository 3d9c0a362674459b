package openapitest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	accepted = `{"id":"a","site":"blog","revision":1,"status":"queued"}`
	decision = `{"id":"wn_00000000000000000000000002","comment_id":"a","site":"blog","revision":1,"sequence":1,"action":"approve",` +
		`"source":"policy","actor":{"kind":"system"},"score":0.25,"reasons":[],"policy_version":"","model_version":"","decided_at":"2026-03-01T10:00:00.120Z"}`
	notAllowed = `{"type":"urn:winnow:problem:method-not-allowed","title":"t","status":405}`
	invalid    = `{"type":"urn:winnow:problem:invalid","title":"t","status":422,"errors":[{"pointer":"/id","detail":"d"}]}`
)

func TestExchangesAreHeldAgainstTheDescription(t *testing.T) {
	tests := map[string]struct {
		method, path, body string
		header             string // of the request, "Name: value"
		status             int
		answer             string
		headers            string // of the answer, by line feeds
		fault              string // in the error; "" if all is well
	}{
		"accepted":              {"POST", "/v1/comments", `{"id":1}`, "Authorization: Bearer x", 202, accepted, "Location: /v1/comments/a", ""},
		"signed":                {"POST", "/v1/comments", `{}`, "webhook-signature: v1,x", 202, accepted, "Location: /v1/comments/a", ""},
		"header missing":        {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 202, accepted, "", "Location is missing"},
		"header wrong":          {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 202, accepted, "Location: /elsewhere", "header Location"},
		"member unknown":        {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 202, `{"more":1,` + accepted[1:], "Location: /v1/comments/a", "additional properties 'more' not allowed"},
		"member missing":        {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 202, strings.Replace(accepted, `"site":"blog",`, "", 1), "Location: /v1/comments/a", "missing property 'site'"},
		"request wrong":         {"POST", "/v1/comments", `{"content":5}`, "Authorization: Bearer x", 202, accepted, "Location: /v1/comments/a", "request body"},
		"date wrong":            {"POST", "/v1/comments", `{"edited_at":"now"}`, "Authorization: Bearer x", 202, accepted, "Location: /v1/comments/a", "request body"},
		"refused is not held":   {"POST", "/v1/comments", `{"id":{}}`, "Authorization: Bearer x", 422, invalid, "", ""},
		"problem incomplete":    {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 422, strings.Replace(invalid, "errors", "faults", 1), "", "errors"},
		"problem of another":    {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 422, strings.Replace(invalid, "invalid", "internal", 1), "", "type"},
		"nobody":                {"POST", "/v1/comments", `{}`, "", 202, accepted, "Location: /v1/comments/a", "nothing proves"},
		"status unknown":        {"POST", "/v1/comments", `{}`, "Authorization: Bearer x", 418, `{}`, "", "status is not described"},
		"line":                  {"POST", "/v1/comments/batch", "{}", "Authorization: Bearer x", 200, `{"line":1,"status":202,"id":"a","revision":1}` + "\n", "", ""},
		"line refused":          {"POST", "/v1/comments/batch", "{}", "Authorization: Bearer x", 200, `{"line":1,"status":422,"problem":` + invalid + "}\n", "", ""},
		"line wrong":            {"POST", "/v1/comments/batch", "{}", "Authorization: Bearer x", 200, "{\"line\":1,\"status\":202,\"id\":\"a\",\"revision\":1}\n{\"line\":0}\n", "", "line 2"},
		"decision deep":         {"GET", "/v1/decisions?limit=5&wait=", "", "Authorization: Bearer x", 200, `{"decisions":[` + decision + `],"cursor":"","more":false}`, "", ""},
		"decision deep, wrong":  {"GET", "/v1/decisions", "", "Authorization: Bearer x", 200, `{"decisions":[{"x":0,` + decision[1:] + `],"cursor":"","more":false}`, "", "'x' not allowed"},
		"query out of range":    {"GET", "/v1/decisions?limit=0", "", "Authorization: Bearer x", 200, `{"decisions":[],"cursor":"","more":false}`, "", "parameter limit"},
		"head":                  {"HEAD", "/v1/decisions", "", "Authorization: Bearer x", 200, "", "", ""},
		"escaped id":            {"DELETE", "/v1/comments/a%2Fb", "", "Authorization: Bearer x", 204, "", "", ""},
		"method":                {"PUT", "/v1/comments/batch", "", "", 405, notAllowed, "Allow: DELETE, GET, HEAD, POST", ""},
		"methods left out":      {"PUT", "/v1/comments/batch", "", "", 405, notAllowed, "Allow: POST", "allowed are"},
		"method, other status":  {"PUT", "/v1/comments", "", "", 404, notAllowed, "", "should be answered 405"},
		"path":                  {"GET", "/v1/nothing", "", "", 404, `{"type":"urn:winnow:problem:not-found","title":"t","status":404}`, "", ""},
		"path of a page":        {"GET", "/login", "", "", 200, "<p>", "Content-Type: text/html", ""},
		"path, other status":    {"GET", "/v1/nothing", "", "", 200, `{}`, "", "should be answered 404"},
		"media type":            {"GET", "/healthz", "", "", 200, "<p>", "Content-Type: text/html", "media type"},
		"text":                  {"GET", "/healthz", "", "", 200, "ok\n", "Content-Type: text/plain; charset=utf-8", ""},
		"text, wrong":           {"GET", "/healthz", "", "", 200, "no\n", "Content-Type: text/plain; charset=utf-8", "body no"},
		"wait without a header": {"GET", "/readyz", "", "", 503, `{"type":"urn:winnow:problem:unavailable","title":"t","status":503}`, "", "Retry-After is missing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case tt.status >= 400:
					w.Header().Set("Content-Type", "application/problem+json")
				case strings.HasSuffix(tt.path, "/batch"):
					w.Header().Set("Content-Type", "application/x-ndjson")
				case tt.answer != "":
					w.Header().Set("Content-Type", "application/json")
				}
				for line := range strings.Lines(tt.headers) {
					name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer srv.Close()
			r, err := http.NewRequestWithContext(t.Context(), tt.method, srv.URL+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			if name, value, ok := strings.Cut(tt.header, ": "); ok {
				r.Header.Set(name, value)
			}
			got := new(reports)
			client := http.Client{Transport: Transport(got, srv.Client().Transport)}
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(res.Body); err != nil || string(b) != tt.answer {
				t.Errorf("the answer arrived as %q, %v", b, err)
			}
			res.Body.Close()
			if all := strings.Join(got.list, "\n"); (all == "") != (tt.fault == "") || !strings.Contains(all, tt.fault) {
				t.Errorf("reported %q, want %q", all, tt.fault)
			}
		})
	}
}

// reports collects what Transport finds.
type reports struct {
	testing.TB
	list []string
}

func (r *reports) Helper() {}

func (r *reports) Error(args ...any) { r.list = append(r.list, fmt.Sprint(args...)) }
