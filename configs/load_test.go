package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, contents string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "winnow.yaml")
	if err := os.WriteFile(name, []byte(contents), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestNothingGivenLoadsTheDefaults(t *testing.T) {
	c, s, err := Load(Options{Search: []string{filepath.Join(t.TempDir(), "absent.yaml")}, Env: []string{"PATH=/bin", "WINNOWS=1"}})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, want the defaults", c)
	}
	for path, o := range s.Keys {
		if o.Layer != FromDefault {
			t.Errorf("%s came from %v, want default", path, o)
		}
	}
	if s.File != "" || len(s.Keys) != len(keys) {
		t.Errorf("file %q and %d keys, want none and %d", s.File, len(s.Keys), len(keys))
	}
}

func TestStrongerLayerWins(t *testing.T) {
	name := write(t, "data_dir: by-file\nserver:\n  listen: :1\n  metrics_listen: :2\n")
	const env, flag = ":11", ":111"
	tests := []struct {
		name   string
		env    []string
		flags  map[string]string
		listen string
		from   string
	}{
		{"file over default", nil, nil, ":1", "file " + name + ":3:11"},
		{"environment over file", []string{"WINNOW_SERVER_LISTEN=" + env}, nil, env, "env WINNOW_SERVER_LISTEN"},
		{"flag over environment", []string{"WINNOW_SERVER_LISTEN=" + env}, map[string]string{"server.listen": flag}, flag, "flag --listen"},
		{"flag over file", nil, map[string]string{"server.listen": flag}, flag, "flag --listen"},
		{"empty variable counts as not set", []string{"WINNOW_SERVER_LISTEN="}, nil, ":1", "file " + name + ":3:11"},
		{"last of doubled variables", []string{"WINNOW_SERVER_LISTEN=:9", "WINNOW_SERVER_LISTEN=" + env}, nil, env, "env WINNOW_SERVER_LISTEN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s, err := Load(Options{File: name, Env: tt.env, Flags: tt.flags})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Keys["server.listen"].String(); c.Server.Listen != tt.listen || got != tt.from {
				t.Errorf("listen %q from %q, want %q from %q", c.Server.Listen, got, tt.listen, tt.from)
			}
			if c.DataDir != "by-file" || c.Server.MetricsListen != ":2" || c.Log.Level != LevelInfo {
				t.Errorf("the other keys changed: %+v", c)
			}
		})
	}
}

// TestEveryKeyIsReadFromEveryLayer sets each key to another value than its default,
// alone, in the three ways there are.
func TestEveryKeyIsReadFromEveryLayer(t *testing.T) {
	others := map[string]string{
		"data_dir": "elsewhere", "server.listen": "0.0.0.0:81", "server.metrics_listen": "[::1]:82", "server.max_body": "1MB",
		"server.max_batch_body": "2MiB", "server.max_rate": "100", "server.public_url": "https://w.example", "server.trusted_proxies": "10.1.0.0/16",
		"moderation.undo_window": "1m", "moderation.session_idle": "2h", "moderation.session_max": "60d",
		"store.max_size": "10GiB", "queue.max_age": "1m30s", "queue.max_depth": "60000", "queue.max_per_site": "7",
		"queue.max_attempts": "3", "policy.file": "p: #.yaml", "classifier.starter": "none", "classifier.hold_above": "0.25", "classifier.spam_above": "1",
		"classifier.reject_above": "0.99", "metrics.max_sites": "0", "log.level": "debug", "log.format": "json", "shutdown.timeout": "5s",
	}
	for i := range keys {
		k := &keys[i]
		other, ok := others[k.path]
		if !ok {
			t.Errorf("%s: no value to try", k.path)
			continue
		}
		yamlValue := other
		if k.path == "policy.file" || k.path == "server.metrics_listen" {
			yamlValue = "'" + other + "'"
		}
		yaml := k.leaf() + ": " + yamlValue + "\n"
		if k.group() != "" {
			yaml = k.group() + ":\n  " + yaml
		}
		for layer, o := range map[Layer]Options{
			FromFile: {File: write(t, yaml)},
			FromEnv:  {Env: []string{k.env() + "=" + other}},
			FromFlag: {Flags: map[string]string{k.path: other}},
		} {
			c, s, err := Load(o)
			if err != nil {
				t.Errorf("%s from %s: %v", k.path, layer, err)
				continue
			}
			if got := text(k.field(c)); got != other || s.Keys[k.path].Layer != layer {
				t.Errorf("%s is %s from %v, want %s from %s", k.path, got, s.Keys[k.path], other, layer)
			}
			if err := k.set(c, text(k.field(Default()))); err != nil || !reflect.DeepEqual(c, Default()) {
				t.Errorf("%s from %s changed more than itself: %+v, %v", k.path, layer, c, err)
			}
		}
	}
}

func TestSearchTakesTheFirstFileThatExists(t *testing.T) {
	first, second := write(t, "metrics: {max_sites: 1}"), write(t, "metrics: {max_sites: 2}")
	c, s, err := Load(Options{Search: []string{first + ".absent", first, second}})
	if err != nil {
		t.Fatal(err)
	}
	if s.File != first || c.Metrics.MaxSites != 1 {
		t.Errorf("read %s with %d, want %s with 1", s.File, c.Metrics.MaxSites, first)
	}
}

func TestFileThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent.yaml")
	large := write(t, strings.Repeat("#", MaxFileBytes+1))
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"asked for and absent", Options{File: absent}, "configuration file " + absent + " does not exist"},
		{"asked for and a folder", Options{File: dir}, "is a directory"},
		{"found and a folder", Options{Search: []string{dir}}, "is a directory"},
		{"too large", Options{File: large}, "larger than 1 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s, err := Load(tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if c != nil || s != nil {
				t.Error("a configuration came with the error")
			}
		})
	}
	if _, _, err := Load(Options{File: absent}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist in it", err)
	}
}

func TestFaultsOfVariablesAndFlagsNameThem(t *testing.T) {
	tests := []struct {
		name  string
		env   []string
		flags map[string]string
		want  []string
	}{
		{"unknown variable", []string{"WINNOW_SERVR_LISTEN=:1"}, nil, []string{
			"WINNOW_SERVR_LISTEN: unknown variable; the nearest known one is WINNOW_SERVER_LISTEN",
		}},
		{"unknown variable without value", []string{"WINNOW_CONFIG="}, nil, []string{
			"WINNOW_CONFIG: unknown variable; the nearest known one is ",
		}},
		{"variables of a Kubernetes service", []string{"WINNOW_SERVICE_HOST=10.0.0.1", "WINNOW_PORT_8080_TCP=tcp://10.0.0.1:8080"}, nil, []string{
			"WINNOW_PORT_8080_TCP: unknown variable: if Kubernetes set it", "WINNOW_SERVICE_HOST: unknown variable: if Kubernetes set it",
		}},
		{"wrong values of variables", []string{"WINNOW_QUEUE_MAX_AGE=30", "WINNOW_QUEUE_MAX_DEPTH=1e3", "WINNOW_CLASSIFIER_HOLD_ABOVE=NaN", "WINNOW_DATA_DIR=a\nb"}, nil, []string{
			`WINNOW_DATA_DIR: data_dir: "a\nb" must not contain control characters`,
			`WINNOW_QUEUE_MAX_AGE: queue.max_age: "30" is not a duration`,
			`WINNOW_QUEUE_MAX_DEPTH: queue.max_depth: "1e3" is not a whole number`,
			`WINNOW_CLASSIFIER_HOLD_ABOVE: classifier.hold_above: "NaN" is not a number`,
		}},
		{"wrong flag", nil, map[string]string{"server.listen": "8080"}, []string{
			`--listen: server.listen: "8080" is not an address: must be HOST:PORT`,
		}},
		{"empty flag", nil, map[string]string{"data_dir": ""}, []string{"--data-dir: data_dir: must not be empty"}},
		{"unknown flag key", nil, map[string]string{"server.listn": ":1"}, []string{
			"flag for server.listn: unknown key; the nearest known one is server.listen",
		}},
		{"conflict is told where the stronger layer set it", []string{"WINNOW_CLASSIFIER_SPAM_ABOVE=0.4"}, nil, []string{
			"WINNOW_CLASSIFIER_SPAM_ABOVE: classifier.spam_above: 0.4 must not be below classifier.hold_above (0.5, the default)",
		}},
		{"no conflict with a key at fault", []string{"WINNOW_CLASSIFIER_HOLD_ABOVE=x", "WINNOW_CLASSIFIER_SPAM_ABOVE=0.4"}, nil, []string{
			`WINNOW_CLASSIFIER_HOLD_ABOVE: classifier.hold_above: "x" is not a number`,
		}},
		{"file before variables before flags", []string{"WINNOW_LOG_LEVEL=loud"}, map[string]string{"log.format": "xml"}, []string{
			"WINNOW_LOG_LEVEL: log.level: \"loud\" is not known: must be one of debug, info, warn, error",
			"--log-format: log.format: \"xml\" is not known: must be one of text, json",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Load(Options{Env: tt.env, Flags: tt.flags})
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if !slices.EqualFunc(lines, tt.want, strings.HasPrefix) {
				t.Errorf("got\n%s\nwant lines that begin\n%s", err, strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestHiddenFaultIsStillReported(t *testing.T) {
	name := write(t, "log:\n  level: loud\n")
	_, _, err := Load(Options{File: name, Flags: map[string]string{"log.level": "warn"}})
	if err == nil || !strings.HasPrefix(err.Error(), name+":2:10: log.level: ") {
		t.Errorf("got %v, want the fault of the file", err)
	}
}

func TestPortZeroMayBeGivenTwice(t *testing.T) {
	_, _, err := Load(Options{Flags: map[string]string{"server.listen": "127.0.0.1:0", "server.metrics_listen": "127.0.0.1:0"}})
	if err != nil {
		t.Error(err)
	}
}

func TestAddresses(t *testing.T) {
	for s, ok := range map[string]bool{
		"127.0.0.1:8080": true, ":8080": true, "[::1]:80": true, "[fe80::1%eth0]:80": true, "localhost:0": true, "winnow.example.:65535": true, "a_b-c.d1:1": true,
		"": false, "8080": false, "127.0.0.1": false, "127.0.0.256:1": false, "127.1:1": false, "::1:80": false, "host:http": false, "host:65536": false,
		"host:-1": false, "ho st:1": false, "-a:1": false, "http://host:80": false, "host:": false, "[::1]": false, "[host:1": false,
	} {
		if err := address(s); (err == nil) != ok {
			t.Errorf("%q: got %v, want ok=%v", s, err, ok)
		}
	}
}

func TestManyFaultsAreCutOff(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		b.WriteString(strings.Repeat("x", i%300+1) + string(rune('a'+i/300)) + ": 1\n")
	}
	l := decodeFile("f", []byte(b.String()))
	faults := l.faults.sorted()
	last := faults[len(faults)-1].Error()
	if len(faults) != maxFaults+1 || last != "f:51:1: 2950 more faults from here on" {
		t.Errorf("%d faults, the last %q", len(faults), last)
	}
}

func TestLogLevelsAreThoseOfSlog(t *testing.T) {
	for level, want := range map[LogLevel]int{LevelDebug: -4, LevelInfo: 0, LevelWarn: 4, LevelError: 8} {
		if got := int(level.Slog()); got != want {
			t.Errorf("%s is %d, want %d", level, got, want)
		}
	}
}
