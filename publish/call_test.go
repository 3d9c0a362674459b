package publish

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

func newTestCaller(t *testing.T, timeout time.Duration) (*caller, []signature.Secret) {
	c := newCaller(timeout, net.DefaultResolver)
	t.Cleanup(c.close)
	secret, err := signature.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	return c, []signature.Secret{secret}
}

func TestNoCallGoesThroughAProxy(t *testing.T) {
	c, _ := newTestCaller(t, time.Second)
	for _, client := range []*http.Client{c.public, c.private} {
		if client.Transport.(*http.Transport).Proxy != nil {
			t.Error("a proxy of the environment would be used, and connect where the guard cannot look")
		}
	}
}

// raw serves connections with the bytes of an answer, however wrong, and keeps them
// open until the test ends.
func raw(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()                                  //nolint:gocritic // few, and kept to the end
			_, _ = io.CopyN(io.Discard, conn, 1)                // it has begun to ask
			go func() { _, _ = io.WriteString(conn, answer) }() // fails once nobody reads
		}
	}()
	t.Cleanup(func() { close(over); _ = listener.Close(); <-done })
	return "http://" + listener.Addr().String()
}

// TestOddAnswersEndTheCall: whatever a callback answers, the call ends in time.
func TestOddAnswersEndTheCall(t *testing.T) {
	tests := []struct {
		name, answer string
		status       int
		fault        string
		waits        bool // for what never comes
	}{
		{"switches protocols", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 101, "answered 101", false},
		{"promises a body that never comes", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf", 200, "", true},
		{"endless header", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 1000), 0, "header", false},
		{"endless early hints", strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100_000), 0, "server response headers exceeded", false},
		{"no HTTP", "220 mail.example ESMTP\r\n", 0, "malformed HTTP", false},
		{"nothing", "", 0, "no answer within", true},
		{"not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", 304, "redirects are not followed", false},
		{"a status of its own", "HTTP/1.1 799 Whatever\r\nContent-Length: 0\r\n\r\n", 799, "answered 799", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			timeout := time.Minute // for those that end by themselves
			if test.waits {
				timeout = 300 * time.Millisecond
			}
			c, secrets := newTestCaller(t, timeout)
			site := &models.Site{Callback: raw(t, test.answer), AllowPrivateCallback: true}
			result := make(chan answer, 1)
			go func() { result <- c.post(t.Context(), site, secrets, "wn_1", []byte("{}"), true) }()
			select {
			case a := <-result:
				if a.status != test.status || a.good() != (test.fault == "") || (test.fault != "" && !strings.Contains(a.fault(), test.fault)) {
					t.Errorf("status %d, good %v, fault %q", a.status, a.good(), a.fault())
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the call does not end")
			}
		})
	}
}

func TestAnswersBodyIsBounded(t *testing.T) {
	sent := make(chan int64, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.CopyN(w, endless{}, 1<<30)
		sent <- n
	}))
	t.Cleanup(server.Close)
	c, secrets := newTestCaller(t, time.Minute)
	a := c.post(t.Context(), &models.Site{Callback: server.URL, AllowPrivateCallback: true}, secrets, "wn_1", []byte("{}"), true)
	if !a.good() || len(a.body) != maxShown {
		t.Errorf("status %d, %v, %d bytes shown", a.status, a.err, len(a.body))
	}
	if n := <-sent; n > 64<<20 { // what the buffers between them hold, and more
		t.Errorf("%d bytes were taken", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestGuardLooksAtWhatANameLeadsTo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("called") }))
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	c, secrets := newTestCaller(t, 5*time.Second)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"} {
		a := c.post(t.Context(), &models.Site{Callback: fmt.Sprintf("http://%s:%s/", host, port)}, secrets, "wn_1", []byte("{}"), false)
		if a.good() || !strings.Contains(a.fault(), "--allow-private-callback") {
			t.Errorf("%s: %s", host, a.fault())
		}
	}
}

func TestCallbackThatIsNoAddressIsNotCalled(t *testing.T) {
	c, secrets := newTestCaller(t, time.Second)
	for _, callback := range []string{"", "ftp://blog.example/", "http://", "/path", "http://%zz", "gopher://x:70/_"} {
		if a := c.post(t.Context(), &models.Site{Callback: callback, AllowPrivateCallback: true}, secrets, "wn_1", nil, false); a.good() || a.fault() != "the callback is not an http or https URL" {
			t.Errorf("%q: %s", callback, a.fault())
		}
	}
	if a := c.post(t.Context(), &models.Site{Callback: "http://127.0.0.1/"}, nil, "wn_1", nil, false); a.good() || !strings.Contains(a.fault(), "no valid webhook secret") {
		t.Errorf("unsigned: %s", a.fault())
	}
}

func TestFaultsDoNotRepeatThePasswordOfACallback(t *testing.T) {
	c, secrets := newTestCaller(t, time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, callback := range []string{"http://ann:geheim@127.0.0.1:1/", "http://ann:geheim@[::1/"} {
		for _, private := range []bool{false, true} {
			a := c.post(t.Context(), &models.Site{Callback: callback, AllowPrivateCallback: private}, secrets, "wn_1", nil, false)
			b := c.post(ctx, &models.Site{Callback: callback, AllowPrivateCallback: private}, secrets, "wn_1", nil, false)
			if a.good() || b.good() || strings.Contains(a.fault()+b.fault(), "geheim") {
				t.Errorf("%s; %s", a.fault(), b.fault())
			}
		}
	}
}
