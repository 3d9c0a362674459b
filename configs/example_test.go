package configs

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestExampleSetsEveryKeyToItsDefault(t *testing.T) {
	c, s, err := Load(Options{File: "winnow.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, want the defaults %+v", c, Default())
	}
	for i := range keys {
		if o := s.Keys[keys[i].path]; o.Layer != FromFile {
			t.Errorf("%s is not in the example", keys[i].path)
		}
	}
}

func TestEmbeddedFilesAreThoseBesideTheCode(t *testing.T) {
	for name, embedded := range map[string]func() []byte{"winnow.yaml": Example, "policy.yaml": DefaultPolicy} {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := embedded()
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs", name)
		}
		clear(got)
		if !bytes.Equal(embedded(), want) {
			t.Errorf("%s can be changed by callers", name)
		}
	}
}

func TestDefaultPolicyIsYAML(t *testing.T) {
	var n yaml.Node
	if err := yaml.Unmarshal(DefaultPolicy(), &n); err != nil || n.Kind == 0 {
		t.Errorf("kind %d, %v", n.Kind, err)
	}
}

func TestManualNamesEveryKeyWithItsDefault(t *testing.T) {
	manual, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	def := Default()
	for i := range keys {
		k := &keys[i]
		value := text(k.field(def))
		if value == "" {
			value = `""`
		}
		row := "| `" + k.path + "` | `" + value + "` | "
		_, rest, ok := strings.Cut(string(manual), row)
		if !ok {
			t.Errorf("no row begins %s", row)
			continue
		}
		meaning, _, _ := strings.Cut(rest, "\n")
		if k.flag != "" && !strings.Contains(meaning, "Flag `"+k.flag+"`") {
			t.Errorf("%s: flag %s is not named", k.path, k.flag)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(string(manual), -1) {
		if keyByPath(m[1]) == nil {
			t.Errorf("the manual has %s, which is no key", m[1])
		}
	}
}

// TestEveryFieldIsAKey walks Config, so that no field is forgotten in the table.
func TestEveryFieldIsAKey(t *testing.T) {
	c := Default()
	seen := map[any]string{}
	for i := range keys {
		seen[keys[i].field(c)] = keys[i].path
	}
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			path := prefix + v.Type().Field(i).Tag.Get("json")
			if v.Field(i).Kind() == reflect.Struct {
				walk(path+".", v.Field(i))
				continue
			}
			if got := seen[v.Field(i).Addr().Interface()]; got != path {
				t.Errorf("field %s is key %q", path, got)
			}
			delete(seen, v.Field(i).Addr().Interface())
		}
	}
	walk("", reflect.ValueOf(c).Elem())
	if len(seen) > 0 {
		t.Errorf("keys without a field of their own: %v", seen)
	}
	envs := map[string]bool{}
	for i := range keys {
		if envs[keys[i].env()] {
			t.Errorf("two keys share %s", keys[i].env())
		}
		envs[keys[i].env()] = true
	}
}

func TestShownConfigurationLoadsToTheSame(t *testing.T) {
	name := write(t, "server:\n  max_body: 512KiB\npolicy:\n  file: \"2026-01-01: # *x\"\n")
	c, s, err := Load(Options{File: name, Env: []string{"WINNOW_CLASSIFIER_HOLD_ABOVE=0.45"}, Flags: map[string]string{"server.listen": ":9000"}})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.YAML(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"data_dir: winnow-data # default",
		`  listen: :9000 # flag --listen`,
		"  max_body: 512KiB # file " + name + ":2:13",
		"  hold_above: 0.45 # env WINNOW_CLASSIFIER_HOLD_ABOVE",
	} {
		if !strings.Contains(string(shown), line+"\n") {
			t.Errorf("no line %q in\n%s", line, shown)
		}
	}
	again, _, err := Load(Options{File: write(t, string(shown))})
	if err != nil || !reflect.DeepEqual(c, again) {
		t.Errorf("%s\ncame back as %+v, %v; want %+v", shown, again, err, c)
	}
}

func TestPathOfTheFileCannotEndAComment(t *testing.T) {
	c, s, err := merge("a\nlog: {level: debug}\n", decodeFile("a\nlog: {level: debug}\n", []byte("data_dir: x")), layer{}, layer{})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.YAML(s)
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := Load(Options{File: write(t, string(shown))}); err != nil || !reflect.DeepEqual(c, again) {
		t.Errorf("%s\ncame back as %+v, %v", shown, again, err)
	}
}

func TestJSONFormHasValuesAndOrigins(t *testing.T) {
	c, s, err := Load(Options{Flags: map[string]string{"queue.max_age": "1m30s"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.JSON(s)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		File    *string
		Config  Config
		Sources map[string]Origin
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in\n%s", err, b)
	}
	if got.File == nil || !reflect.DeepEqual(&got.Config, c) || !reflect.DeepEqual(got.Sources, s.Keys) {
		t.Errorf("got %+v from\n%s", got, b)
	}
	if !bytes.Contains(b, []byte(`"max_age": "1m30s"`)) || !bytes.Contains(b, []byte(`"max_body": "256KiB"`)) {
		t.Errorf("durations and sizes are not written as such:\n%s", b)
	}
}
