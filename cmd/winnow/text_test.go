package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// people is what a command prints for people, with what is random or a date replaced.
func people(t *testing.T, dir string, line string) string {
	t.Helper()
	o := winnow(t, dir, strings.Fields(line)...)
	if o.code != 0 || o.err != "" {
		t.Fatalf("%s: %+v", line, o)
	}
	return anonymous(o.out)
}

func anonymous(s string) string {
	for pattern, name := range map[string]string{
		`wk_\w{40}`: "WK", `whsec_\S{44}`: "WHSEC", `(Akismet key +)[a-z0-9]{12}\b`: "${1}AK", `\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?`: "DATE",
	} {
		s = regexp.MustCompile(pattern).ReplaceAllString(s, name)
	}
	return s
}

func TestResultsForPeople(t *testing.T) {
	dir := t.TempDir()
	const keys = "  API key         WK\n  webhook secret  WHSEC\n  Akismet key     AK\n"
	for _, c := range []struct{ line, want string }{
		{"site add blog --url https://blog.example", "Site \"blog\". Its keys are shown only now:\n" + keys},
		{"site rotate --key --secret --akismet", "New for site \"blog\", shown only now; what it replaces works for another 24 hours:\n" + keys},
		{"site rotate blog --key --now", "New for site \"blog\", shown only now; what it replaces works no more:\n  API key         WK\n"},
		{"site list", "NAME  ENABLED  URL                   CALLBACK  SINCE\nblog  yes      https://blog.example  -         DATE\n"},
		{"site set --disable", "name              blog\nurl               https://blog.example\ncallback          -\n" +
			"private callback  no\nenabled           no\nshares labels     yes\n" +
			"held from         score 0.5, as configured\nrejected from     never, as configured\nsince             DATE\n"},
		{"site set --hold-above 0.7 --reject-above 0.99", "name              blog\nurl               https://blog.example\ncallback          -\n" +
			"private callback  no\nenabled           no\nshares labels     yes\n" +
			"held from         score 0.7\nrejected from     score 0.99\nsince             DATE\n"},
		{"queue list", "Nothing waits.\n"},
		{"queue retry", "0 put back into the queue.\n"},
		{"site remove blog", "Site \"blog\" removed, its history kept.\n"},
		{"site remove blog --purge", "Site \"blog\" removed, with everything stored for it.\n"},
		{"site list", "No sites.\n"},
	} {
		if got := people(t, dir, c.line); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.line, got, c.want)
		}
	}
	bad(t, dir, 1, "not-found", "there is no site", "site", "show")
}

func TestAFirstStartForPeople(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	log, end := io.Pipe()
	args := slices.DeleteFunc(serveArgs(dir), func(arg string) bool { return arg == "--json" })
	go func() {
		run(ctx, args, nil, &out, end)
		_ = end.Close()
	}()
	readLog(log, func(l logLine) {
		if strings.Contains(l.Message, "wk_") {
			t.Errorf("a key is in the log: %s", l.Message)
		}
		if l.Address != "" {
			cancel()
		}
	})
	cancel()
	want := fmt.Sprintf("A new winnow in %s, with a site named \"default\". Its keys are shown only now:\n", dir)
	signIn := regexp.MustCompile(`(?m)^Sign in as admin@localhost, admin, once, within 24 hours:\n  http://127\.0\.0\.1:\d+/login\?token=[\w-]{43}$`)
	if got := signIn.ReplaceAllString(anonymous(out.String()), "LINK"); got != want+"  API key         WK\n  webhook secret  WHSEC\n  Akismet key     AK\nLINK\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestManySitesAreNamedInPart(t *testing.T) {
	var sites []*models.Site
	for i := range 12 {
		sites = append(sites, &models.Site{Name: fmt.Sprintf("s%d", i)})
	}
	if got, want := someNames(sites), "s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, or 2 others"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
