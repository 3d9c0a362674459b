package problem

import (
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"
)

func TestEveryKindIsComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := make(map[string]bool)
	for _, k := range Kinds() {
		if !name.MatchString(k.Name()) || seen[k.Name()] {
			t.Errorf("kind %d: name %q is malformed or there twice", k, k.Name())
		}
		seen[k.Name()] = true
		if http.StatusText(k.Status()) == "" || k.Status() < 400 || k.Title() == "" {
			t.Errorf("kind %s: status %d, title %q", k, k.Status(), k.Title())
		}
		if k.Type() != "urn:winnow:problem:"+k.Name() {
			t.Errorf("kind %s: type %q", k, k.Type())
		}
	}
}

func TestUnknownKindIsInternal(t *testing.T) {
	for _, k := range []Kind{-1, Kind(len(table))} {
		if k.Name() != "internal" || k.Status() != 500 {
			t.Errorf("kind %d is %s, %d", int(k), k, k.Status())
		}
	}
}

func TestManualListsExactlyTheKinds(t *testing.T) {
	text, err := os.ReadFile("../docs/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `urn:winnow:problem:([a-z-]+)` \\| ([0-9]{3}) \\| ([^|]+) \\| ([^|]+) \\|$")
	type line struct{ status, title string }
	listed := make(map[string]line)
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		if _, twice := listed[m[1]]; twice {
			t.Errorf("%s is listed twice", m[1])
		}
		listed[m[1]] = line{m[2], m[3]}
	}
	for _, k := range Kinds() {
		want := line{strconv.Itoa(k.Status()), k.Title()}
		if got := listed[k.Name()]; got != want {
			t.Errorf("%s is listed as %q, want %q", k, got, want)
		}
		delete(listed, k.Name())
	}
	for name := range listed {
		t.Errorf("%s is listed but is no kind", name)
	}
}
