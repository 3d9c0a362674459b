package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/configs"
)

func TestFaultsOfAConfigurationHaveTheirPlace(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "winnow.yaml"), "server:\n  listn: 3\nlog:\n  level: loud\n")
	o := winnow(t, dir, "config", "check", "--config", file)
	if lines := strings.Split(o.err, "\n"); o.code != 1 || len(lines) != 3 ||
		!strings.HasPrefix(lines[0], file+":2:3: server.listn: unknown key") || !strings.HasPrefix(lines[1], file+":4:10: log.level: ") {
		t.Errorf("got %+v", o)
	}
	for _, line := range []string{"config check", "config show", "serve", "site list", "queue retry"} {
		p := bad(t, dir, 1, "invalid", ":2:3: server.listn", append(strings.Fields(line), "--config", file)...)
		if len(p.Errors) != 2 || p.Errors[0].File != file || p.Errors[0].Line != 2 || p.Errors[0].Column != 3 ||
			p.Errors[0].Key != "server.listn" || !strings.Contains(p.Errors[0].Message, "server.listen") {
			t.Errorf("%s: %+v", line, p.Errors)
		}
	}
}

func TestAnUnknownVariableIsAnErrorThatNamesIt(t *testing.T) {
	o := winnowEnv(t, []string{"WINNOW_SERVER_LISTN=x"}, "site", "list", "--json")
	if o.code != 1 || o.out != "" || !strings.Contains(o.err, `"errors":[{"variable":"WINNOW_SERVER_LISTN","message":"unknown variable; the nearest known one is WINNOW_SERVER_LISTEN"}]`) {
		t.Errorf("got %+v", o)
	}
}

func TestAFlagAtFaultIsNamed(t *testing.T) {
	p := bad(t, t.TempDir(), 2, "usage", "--listen", "serve", "--listen", "foo")
	if len(p.Errors) != 1 || p.Errors[0].Flag != "--listen" || p.Errors[0].Key != "server.listen" {
		t.Errorf("got %+v", p.Errors)
	}
}

func TestConfigShowSaysWhereAValueCameFrom(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "winnow.yaml"), "queue:\n  max_age: 1m\n")
	shown := good[struct {
		File    string                    `json:"file"`
		Config  any                       `json:"config"`
		Sources map[string]configs.Origin `json:"sources"`
	}](t, dir, "config", "show", "--config", file)
	if shown.File != file || shown.Sources["queue.max_age"].Layer != configs.FromFile || shown.Sources["data_dir"].Name != "--data-dir" || shown.Config == nil {
		t.Errorf("got %+v", shown)
	}
	o := winnow(t, dir, "config", "show", "--config", file)
	if o.code != 0 || !strings.Contains(o.out, "max_age: 1m # file "+file+":2:12\n") {
		t.Errorf("got %+v", o)
	}
}

func TestFaultsOfAPolicyHaveTheirPlace(t *testing.T) {
	dir := t.TempDir()
	type checked struct {
		File    string `json:"file"`
		Version string `json:"version"`
		Rules   int    `json:"rules"`
		Policy  string `json:"policy"`
	}
	file := filepath.Join(dir, "policy.yaml")
	if c := good[checked](t, dir, "config", "check"); !strings.Contains(c.Policy, "built in") {
		t.Errorf("config check without a policy file: %+v", c)
	}
	write(t, file, "rules:\n  - rule: link-limit\n    max: 1\n")
	if c := good[checked](t, dir, "policy", "check", file); c.File != file || c.Rules != 1 || !strings.HasPrefix(c.Version, "sha256:") {
		t.Errorf("policy check: %+v", c)
	}
	if c := good[checked](t, dir, "config", "check"); c.Policy != file {
		t.Errorf("config check: %+v", c)
	}

	write(t, file, "rules:\n  - rule: link-limt\n  - rule: link-limit\n    mx: 1\n")
	for _, args := range [][]string{{"policy", "check", file}, {"config", "check"}} {
		p := bad(t, dir, 1, "invalid", file+":2:11: ", args...)
		if len(p.Errors) != 2 || p.Errors[0].File != file || p.Errors[0].Line != 2 || p.Errors[0].Column != 11 || p.Errors[1].Line != 4 {
			t.Errorf("%v: %+v", args, p.Errors)
		}
	}
	o := winnow(t, dir, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
	if o.code != 1 || o.out != "" || !strings.HasPrefix(o.err, file+":2:11: ") {
		t.Errorf("serve with a bad policy: %+v", o)
	}
}
