package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// raw sends bytes over a connection of its own, as they are, and gives the answers, with
// their bodies, until the server closes.
func raw(t *testing.T, s *running, request string) (answers []*http.Response, bodies []string) {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, request) // it may be refused before it was read whole
	}()
	defer func() { <-sent }()
	in := bufio.NewReader(c)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers, bodies
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		answers, bodies = append(answers, res), append(bodies, string(b))
	}
}

func TestWhatIsNoRequestIsAnsweredWithAProblem(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: named("/")})
	for name, tt := range map[string]struct {
		request string
		status  int
		kind    string
		detail  string
	}{
		"no HTTP":               {"hello\r\n\r\n", 400, "bad-request", "the request cannot be read as HTTP/1.1"},
		"no host":               {"GET / HTTP/1.1\r\n\r\n", 400, "bad-request", "missing required Host header"},
		"bad name":              {"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n", 400, "bad-request", "invalid header name"},
		"bad value":             {"GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400, "bad-request", "cannot be read"},
		"two lengths":           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, "bad-request", ""},
		"header over the limit": {"GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 33<<10) + "\r\n\r\n", 431, "header-too-large", "32768"},
		"unknown coding":        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "unknown-transfer-coding", "chunked"},
		"after a request":       {"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400, "bad-request", "Host"},
	} {
		t.Run(name, func(t *testing.T) {
			answers, bodies := raw(t, s, tt.request)
			if len(answers) == 0 {
				t.Fatal("no answer")
			}
			res, body := answers[len(answers)-1], bodies[len(bodies)-1]
			checkProblem(t, res, body, tt.status, tt.kind)
			if !res.Close || res.Header.Get("Date") == "" || res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %v", res.Header)
			}
			if !strings.Contains(body, tt.detail) {
				t.Errorf("got %s, want it to say %q", body, tt.detail)
			}
		})
	}
}

func TestHeaderWithinTheLimitIsTaken(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: named("/")})
	answers, _ := raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: "+strings.Repeat("x", maxHeader-100)+"\r\n\r\n")
	if len(answers) != 1 || answers[0].StatusCode != 200 {
		t.Errorf("got %v", answers)
	}
}

func TestAnotherVersionOfHTTPIsRefusedInPlainText(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: named("/")})
	answers, _ := raw(t, s, "GET / HTTP/3.0\r\nHost: x\r\n\r\n")
	if len(answers) != 1 || answers[0].StatusCode != 505 || answers[0].Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("got %v", answers)
	}
}

func TestAnAnswerThatLooksLikeARefusalIsLeftAlone(t *testing.T) {
	const text = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
	s := start(t, Mount{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_ = http.NewResponseController(w).Flush() // so that the text is written by itself
		fmt.Fprint(w, text)
	})})
	answers, bodies := raw(t, s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if len(answers) != 1 || answers[0].StatusCode != 200 || bodies[0] != text {
		t.Errorf("got %v %q", answers, bodies)
	}
}

func TestDocumentIsPublicAndKept(t *testing.T) {
	s := start(t, Mount{Prefix: "/openapi.json", Handler: Document([]byte(`{"openapi":"3.1.0"}`))})
	res, body := do(t, "GET", s.url+"/openapi.json")
	tag := res.Header.Get("ETag")
	if res.StatusCode != 200 || body != `{"openapi":"3.1.0"}` || res.Header.Get("Content-Type") != "application/json" || tag == "" ||
		res.Header.Get("Cache-Control") != "public, no-cache" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %d %v %s", res.StatusCode, res.Header, body)
	}
	for header, status := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200, strings.Trim(tag, `"`): 200} {
		r, err := http.NewRequest("GET", s.url+"/openapi.json", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("If-None-Match", header)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != status || (len(b) == 0) != (status == 304) || res.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: got %d %v %q, %v", header, res.StatusCode, res.Header, b, err)
		}
	}
	head, _ := do(t, "HEAD", s.url+"/openapi.json")
	if head.StatusCode != 200 || head.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: got %d %v", head.StatusCode, head.Header)
	}
	res, body = do(t, "PUT", s.url+"/openapi.json")
	checkProblem(t, res, body, 405, "method-not-allowed")
}

func FuzzRefusal(f *testing.F) {
	const end = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	for _, seed := range []string{"HTTP/1.1 400 Bad Request" + end + "400 Bad Request: x", "HTTP/1.1 431 x" + end, "HTTP/1.1 505 x" + end + "y", "HTTP/1.1 200 OK\r\n\r\n", end, "HTTP/1.1 400", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, written []byte) {
		p := refusal(written)
		if p == nil {
			return
		}
		if !strings.Contains(string(written), end) {
			t.Fatalf("%q is taken for a refusal", written)
		}
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(early(p)))), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		checkProblem(t, res, string(b), p.Status, p.Kind.Name())
	})
}

func FuzzEntityTags(f *testing.F) {
	for _, seed := range []string{`"x"`, `W/"x"`, `"y", "x"`, `*`, `"x`, `x`, ``, `W/W/"x"`, `"y"x"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		found := holds([]string{list}, `"x"`)
		if found && !strings.Contains(list, `"x"`) && !strings.Contains(list, "*") {
			t.Fatalf("%q has \"x\"", list)
		}
		if !found && holds([]string{list, ""}, `"x"`) || !holds([]string{list, `"x"`}, `"x"`) {
			t.Fatalf("%q: another header changes it", list)
		}
	})
}
