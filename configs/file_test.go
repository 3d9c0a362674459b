package configs

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestFaultyFiles loads every file of testdata and compares the message with the
// golden file beside it.
func TestFaultyFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			_, _, err := Load(Options{File: name})
			if err == nil {
				t.Fatal("loaded without an error")
			}
			got := strings.ReplaceAll(err.Error(), name, "FILE") + "\n"
			golden := strings.TrimSuffix(name, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestHarmlessFilesLoad(t *testing.T) {
	for name, contents := range map[string]string{
		"empty":                   "",
		"comments alone":          "# nothing\n",
		"null":                    "~\n",
		"empty document":          "---\n...\n",
		"empty mapping":           "{}",
		"group without keys":      "server:\n#  listen: :1\nqueue:\n",
		"byte order mark":         "\ufefflog:\n  level: info\n",
		"carriage returns":        "log:\r\n  level: info\r\n",
		"flow style":              "{log: {level: info}, queue: {max_age: 30s}}",
		"quoted":                  "'log': {\"level\": 'info'}\nserver: {max_body: \"256KiB\"}",
		"bytes as a whole number": "server: {max_body: 262144}",
		"number as a fraction":    "classifier: {hold_above: .5, reject_above: 0.0}",
		"number with an exponent": "classifier: {hold_above: 5.0e-1}",
		"directive":               "%YAML 1.1\n---\nlog: {level: info}\n",
	} {
		c, _, err := Load(Options{File: write(t, contents)})
		if err != nil || !reflect.DeepEqual(c, Default()) {
			t.Errorf("%s: got %+v, %v; want the defaults", name, c, err)
		}
	}
}

func FuzzLoadFile(f *testing.F) {
	f.Add(Example())
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	// All that YAML counts as the end of a line.
	breaks := strings.NewReplacer("\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, s, err := merge("f.yaml", decodeFile("f.yaml", data), layer{}, layer{})
		if err != nil {
			faults, ok := err.(Faults) //nolint:errorlint // Load promises this very type
			if !ok || len(faults) == 0 || len(faults) > maxFaults+1 {
				t.Fatalf("%T: %v", err, err)
			}
			lines := 1 + strings.Count(breaks.Replace(string(data)), "\n")
			for _, fault := range faults {
				if fault.Line < 1 || fault.Line > lines || fault.Column < 1 || strings.ContainsAny(fault.Error(), "\n\x00") {
					t.Fatalf("%+v in %d lines", fault, lines)
				}
			}
			return
		}
		shown, err := c.YAML(s)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := merge("g.yaml", decodeFile("g.yaml", shown), layer{}, layer{})
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%s\ncame back as %+v, %v; want %+v", shown, again, err, c)
		}
	})
}
