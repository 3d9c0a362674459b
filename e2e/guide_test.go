package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/openapi/openapitest"
	"github.com/winnowd/winnow/signature"
)

// block is a fenced block of a page.
type block struct {
	line int
	kind string // what stands behind the fence
	text string
}

// blocks gives the fenced blocks of a page, which must all be closed.
func blocks(t *testing.T, page string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	open := false
	for i, line := range strings.SplitAfter(string(text), "\n") {
		kind, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open, list = true, append(list, block{line: i + 1, kind: kind})
		case open:
			list[len(list)-1].text += line
		}
	}
	if open {
		t.Fatalf("%s: the last block is not closed", page)
	}
	return list
}

// delivered is a message that the callback got.
type delivered struct {
	header http.Header
	body   []byte
}

// TestTheGuidesExamplesDoWhatTheyShow runs docs/api.md: every sh block, in order, in one
// winnow; what it prints must be what the next block shows.
func TestTheGuidesExamplesDoWhatTheyShow(t *testing.T) {
	page := blocks(t, "../docs/api.md")
	dir := t.TempDir()
	s := start(t, dir, "", nil)
	messages := make(chan delivered, 100)
	callback := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			messages <- delivered{r.Header, body}
		}
	}))
	defer callback.Close()
	env := append(os.Environ(), "WINNOW="+s.base, "KEY="+s.key, "SECRET="+s.welcome.Secret,
		"WINNOW_DATA_DIR="+dir, "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	run, printed := 0, ""
	for _, b := range page {
		at := fmt.Sprintf("docs/api.md:%d", b.line)
		switch b.kind {
		case "sh":
			if strings.Contains(b.text, "KEY=wk_...") {
				continue // the environment has them
			}
			script := strings.ReplaceAll(b.text, "http://127.0.0.1:9000", callback.URL)
			run, printed = run+1, sh(t, at, script, env)
			if m := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(printed); m != nil {
				env = append(env, "CURSOR="+m[1])
			}
		case "json":
			same(t, at, b.text, printed)
		case "http":
			sameAnswer(t, at, b.text, printed)
		case "json delivered":
			same(t, at, b.text, string(message(t, messages, b.text, s.welcome.Secret)))
		default:
			t.Errorf("%s: a block of kind %q is not checked", at, b.kind)
		}
	}
	if run < 10 {
		t.Errorf("only %d examples were run", run)
	}
}

// sh runs a script and returns what it printed.
func sh(t *testing.T, at, script string, env []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	c.Env = env
	c.Dir = t.TempDir() // no winnow.yaml there
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", at, err, out)
	}
	return string(out)
}

// message waits for the message about the comment that a text names, which must be signed
// and as the description says.
func message(t *testing.T, messages <-chan delivered, about, secret string) []byte {
	t.Helper()
	d, err := openapitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"comment_id": ("[^"]+")`).FindStringSubmatch(about)
	for deadline := time.After(patience); ; {
		select {
		case m := <-messages:
			if _, err := signature.Verify([]signature.Secret{key}, m.header, m.body, time.Now()); err != nil {
				t.Error(err)
			}
			kind := "comment.decided"
			if strings.HasPrefix(string(m.body), `{"type":"ping"`) {
				kind = "ping"
			}
			if err := d.CheckMessage(kind, m.header, m.body); err != nil {
				t.Error(err)
			}
			if strings.Contains(string(m.body), `"comment_id":`+id[1]) {
				return m.body
			}
		case <-deadline:
			t.Fatalf("no message about %s was delivered", id[1])
		}
	}
}

// sameAnswer compares an answer with its headers: those that are shown must be there.
func sameAnswer(t *testing.T, at, want, got string) {
	t.Helper()
	wantHead, wantBody, _ := strings.Cut(want, "\n\n")
	gotHead, gotBody, _ := strings.Cut(strings.ReplaceAll(got, "\r\n", "\n"), "\n\n")
	lines := strings.Split(gotHead, "\n")
	for i, line := range strings.Split(strings.TrimSpace(wantHead), "\n") {
		found := i == 0 && line == lines[0]
		for _, l := range lines[1:] {
			name, value, _ := strings.Cut(l, ": ")
			found = found || i > 0 && strings.EqualFold(line, name+": "+value)
		}
		if !found {
			t.Errorf("%s: the answer lacks %q:\n%s", at, line, got)
		}
	}
	same(t, at, wantBody, gotBody)
}

// same compares texts without white space outside of strings; "..." in the first stands
// for anything.
func same(t *testing.T, at, want, got string) {
	t.Helper()
	parts := strings.Split(dense(want), "...")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	if ok, err := regexp.MatchString("^(?s:"+strings.Join(parts, ".*")+")$", dense(got)); err != nil || !ok {
		t.Errorf("%s: shown is\n%s\nand printed was\n%s", at, want, got)
	}
}

// dense takes the white space out of JSON, but not out of its strings.
func dense(text string) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, r := range text {
		if r == '"' && !escaped {
			quoted = !quoted
		}
		escaped = quoted && r == '\\' && !escaped
		if quoted || !strings.ContainsRune(" \t\r\n", r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
