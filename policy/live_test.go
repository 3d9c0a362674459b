package policy

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// live opens a policy whose kept versions are counted.
func live(t *testing.T, place Place) (l *Live, kept *[]string, changed *int) {
	t.Helper()
	kept, changed = new([]string), new(int)
	l, err := Open(LiveOptions{
		Place: place, Registerer: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
		Keep: func(_ context.Context, version string, text []byte) error {
			*kept = append(*kept, string(text))
			return nil
		},
		Changed: func(*Set) { *changed++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, kept, changed
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// looks is enough looks to notice a change and to see that it has settled.
func (l *Live) looks(t *testing.T) {
	t.Helper()
	for range 2 {
		l.look(t.Context())
	}
}

func one(max string) string { return "rules: [{rule: link-limit, max: " + max + "}]\n" }

// maxOf tells which policy is in force.
func maxOf(l *Live) int { return l.Current().rules[0].rule.(linkLimit).max }

func TestAChangedFileIsInForceOnceItHasSettled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	writeFile(t, file, one("1"))
	l, kept, changed := live(t, Place{File: file})
	l.looks(t)
	if len(*kept) != 0 {
		t.Fatal("an unchanged policy was stored again")
	}
	writeFile(t, file, one("22"))
	l.look(t.Context())
	if maxOf(l) != 1 {
		t.Error("read at the first look, when it may still be being written")
	}
	l.look(t.Context())
	if maxOf(l) != 22 || *changed != 1 || len(*kept) != 1 || (*kept)[0] != one("22") {
		t.Errorf("max %d, changed %d times, kept %q", maxOf(l), *changed, *kept)
	}
	l.looks(t)
	if *changed != 1 {
		t.Error("read again although nothing changed")
	}
}

func TestEditorsAndConfigMapsReplaceFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"v1": one("1"), "v2": one("2")} { // of the same size
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name, "policy.yaml"), text)
	}
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, link := range [][2]string{{"v1", at("data")}, {"data/policy.yaml", at("policy.yaml")}} {
		if err := os.Symlink(link[0], link[1]); err != nil {
			t.Fatal(err)
		}
	}
	l, _, _ := live(t, Place{File: at("policy.yaml")})
	if err := errors.Join(os.Symlink("v2", at("next")), os.Rename(at("next"), at("data"))); err != nil {
		t.Fatal(err)
	}
	if l.looks(t); maxOf(l) != 2 {
		t.Error("the directory behind a link was exchanged, unnoticed")
	}
	writeFile(t, at("new"), one("3"))
	if err := os.Rename(at("new"), at("policy.yaml")); err != nil {
		t.Fatal(err)
	}
	if l.looks(t); maxOf(l) != 3 {
		t.Error("the file was replaced by another, unnoticed")
	}
}

func TestABadFileKeepsThePolicyBefore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	writeFile(t, file, one("1"))
	l, kept, _ := live(t, Place{File: file})
	for name, spoil := range map[string]func() error{
		"not YAML":     func() error { return os.WriteFile(file, []byte("rules: ["), 0o600) },
		"unknown rule": func() error { return os.WriteFile(file, []byte("rules: [{rule: link-limt}]"), 0o600) },
		"gone":         func() error { return os.Remove(file) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		l.looks(t)
		if maxOf(l) != 1 || testutil.ToFloat64(l.success) != 0 {
			t.Errorf("%s: max %d, success %v", name, maxOf(l), testutil.ToFloat64(l.success))
		}
		if err := l.Reload(t.Context()); err == nil {
			t.Errorf("%s: no error when asked to reload", name)
		}
	}
	writeFile(t, file, one("4"))
	if l.looks(t); maxOf(l) != 4 || testutil.ToFloat64(l.success) != 1 || testutil.ToFloat64(l.when) == 0 {
		t.Error("the mended file is not in force")
	}
	if len(*kept) != 1 {
		t.Errorf("kept %q", *kept)
	}
}

func TestTheDefaultCountsWhileThereIsNoFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	l, _, _ := live(t, Place{File: file, Default: []byte(one("1")), DefaultName: "built in"})
	if l.Current().Name() != "built in" {
		t.Errorf("read from %s", l.Current().Name())
	}
	writeFile(t, file, one("2"))
	if l.looks(t); maxOf(l) != 2 || l.Current().Name() != file {
		t.Error("a new file is not in force")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if l.looks(t); maxOf(l) != 1 {
		t.Error("the default is not in force without the file")
	}
}

func TestAPolicyThatCannotBeKeptIsTriedAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	writeFile(t, file, one("1"))
	l, _, _ := live(t, Place{File: file})
	full := errors.New("disk full")
	l.o.Keep = func(context.Context, string, []byte) error { return full }
	writeFile(t, file, one("22"))
	if err := l.Reload(t.Context()); !errors.Is(err, full) || maxOf(l) != 1 {
		t.Errorf("got %v, max %d", err, maxOf(l))
	}
	l.o.Keep = func(context.Context, string, []byte) error { return nil }
	if l.looks(t); maxOf(l) != 22 {
		t.Error("not tried again")
	}
}

func TestWhatIsNoPolicyFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := (Place{File: dir}).Load(); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := (Place{File: filepath.Join(dir, "none")}).Load(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(LiveOptions{}); err == nil {
		t.Error("no error without options")
	}
}
