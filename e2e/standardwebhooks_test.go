package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

// node finds Node.js and the package standardwebhooks, the reference library.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join("standardwebhooks", "node_modules", "standardwebhooks", "package.json"))
	}
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%v: scripts/test installs what this test needs", err)
	}
	t.Skipf("%v: scripts/test installs what this test needs", err)
	return ""
}

// hook is a callback that verifies by the reference library.
type hook struct {
	t     *testing.T
	stdin io.WriteCloser
	lines chan hookLine
	port  int
}

// hookLine is what it prints.
type hookLine struct {
	Port     int
	Ready    bool
	ID       string
	Verified bool
	Error    string
	Message  struct {
		Type string
		Data decision
	}
}

func newHook(t *testing.T, node string) *hook {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node, "receive.mjs")
	cmd.Dir = "standardwebhooks"
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := &hook{t: t, stdin: stdin, lines: make(chan hookLine, 1000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var line hookLine
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Errorf("receive.mjs printed %q: %v", lines.Text(), err)
			}
			h.lines <- line
		}
		close(h.lines)
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // which ends it
		<-read
		_ = cmd.Wait()
		if complaints.Len() > 0 {
			t.Errorf("receive.mjs: %s", complaints.String())
		}
	})
	h.port = h.next().Port
	return h
}

func (h *hook) next() hookLine {
	h.t.Helper()
	select {
	case line, ok := <-h.lines:
		if !ok {
			h.t.Fatal("receive.mjs has ended")
		}
		return line
	case <-time.After(patience):
		h.t.Fatal("nothing came")
	}
	return hookLine{}
}

// secret makes it verify with a secret. Messages that came before are passed over.
func (h *hook) secret(s string) {
	h.t.Helper()
	if _, err := fmt.Fprintln(h.stdin, s); err != nil {
		h.t.Fatal(err)
	}
	for !h.next().Ready {
	}
}

// admin is the way of commands to a daemon.
func admin(t *testing.T, dir string) *control.Client {
	t.Helper()
	c, err := control.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestReferenceLibraryVerifiesDeliveries: what winnow delivers is taken by the library
// that blogs use, also while the secret is being changed.
func TestReferenceLibraryVerifiesDeliveries(t *testing.T) {
	h, dir := newHook(t, node(t)), t.TempDir()
	s := start(t, dir, "", nil)
	owner := admin(t, dir)
	creds, err := owner.AddSite(t.Context(), models.Site{Name: "blog", Callback: fmt.Sprintf("http://127.0.0.1:%d/", h.port), AllowPrivateCallback: true})
	if err != nil {
		t.Fatal(err)
	}
	s.key = creds.Key
	post := func(id string) {
		t.Helper()
		s.call(t, "POST", "/v1/comments", map[string]any{"id": id, "content": "Zwölf Boxkämpfer 🥊 \u2028 <b>&amp;</b>"}, nil, "Prefer", "wait=30")
	}
	verified := func(comment string) {
		t.Helper()
		if got := h.next(); !got.Verified || got.Message.Type != "comment.decided" || got.Message.Data.CommentID != comment || got.Message.Data.ID != got.ID {
			t.Errorf("%s: got %+v", comment, got)
		}
	}
	h.secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	post("c-1")
	if got := h.next(); got.Verified || got.Error == "" {
		t.Errorf("verified with another secret: %+v", got)
	}
	h.secret(creds.Secret)
	verified("c-1") // tried again
	post("c-2")
	verified("c-2")
	after, err := owner.RotateCredential(t.Context(), "blog", models.SecretCredential, false)
	if err != nil {
		t.Fatal(err)
	}
	post("c-3")
	verified("c-3") // with the old one
	h.secret(after)
	post("c-4")
	verified("c-4")
	if a, err := owner.Ping(t.Context(), "blog"); err != nil || !a.Delivered {
		t.Errorf("test message: %+v, %v", a, err)
	}
	if got := h.next(); !got.Verified || got.Message.Type != "ping" {
		t.Errorf("test message: %+v", got)
	}
}

// TestReferenceLibrarySignsForIntake: what the library signs is accepted.
func TestReferenceLibrarySignsForIntake(t *testing.T) {
	bin, dir := node(t), t.TempDir()
	s := start(t, dir, "", nil)
	creds, err := admin(t, dir).AddSite(t.Context(), models.Site{Name: "blog"})
	if err != nil {
		t.Fatal(err)
	}
	s.key = creds.Key
	send := func(secret, id, age, body string) (status int, text string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), bin, "send.mjs")
		cmd.Dir, cmd.Stdin = "standardwebhooks", strings.NewReader(body)
		cmd.Env = append(os.Environ(), "URL="+s.base+"/v1/comments", "SITE=blog", "SECRET="+secret, "ID="+id, "AGE="+age)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("send.mjs: %v, %s", err, out)
		}
		var answer struct {
			Status int
			Body   string
		}
		if err := json.Unmarshal(out, &answer); err != nil {
			t.Fatalf("send.mjs printed %q: %v", out, err)
		}
		return answer.Status, answer.Body
	}
	const body = `{"id": "c-1", "content": "Zwölf Boxkämpfer 🥊 \u2028", "author": {"name": "Ann", "email": "ann@example.com"}}`
	status, first := send(creds.Secret, "msg_1", "0", body)
	if status != 202 {
		t.Fatalf("answered %d %s", status, first)
	}
	for name, test := range map[string]struct {
		secret, id, age string
		want            int
	}{
		"the same again":       {creds.Secret, "msg_1", "0", 202},
		"another secret":       {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_2", "0", 401},
		"too old":              {creds.Secret, "msg_3", "310", 401},
		"from the future":      {creds.Secret, "msg_4", "-310", 401},
		"an id of winnow's":    {creds.Secret, "wn_01M85DDCVZVDTYX70000000003", "0", 401},
		"old and young enough": {creds.Secret, "msg_5", "280", 202},
	} {
		if status, text := send(test.secret, test.id, test.age, body); status != test.want {
			t.Errorf("%s: answered %d %s, want %d", name, status, text, test.want)
		}
	}
	var c struct{ Revision int }
	if res := s.call(t, "GET", "/v1/comments/c-1", nil, &c); res.StatusCode != 200 || c.Revision != 1 {
		t.Errorf("got %s, %+v", res.Status, c)
	}
}
