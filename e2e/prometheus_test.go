package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

const (
	alertRules = "../deploy/prometheus/winnow.rules.yml"
	alertTests = "../deploy/prometheus/winnow.rules.test.yml"
	dashboard  = "../deploy/grafana/winnow.json"
	operations = "../docs/operations.md"
)

// promtool runs Prometheus' own checker and returns what it said.
func promtool(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%v: scripts/test fetches it", err)
	default:
		t.Skipf("%v: scripts/test fetches it", err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAlertsFireWhenTheyShould(t *testing.T) {
	promtool(t, "", "check", "rules", alertRules)
	promtool(t, "", "test", "rules", alertTests)

	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert       string
				Annotations map[string]string
			}
		}
	}
	var tests struct {
		Tests []struct {
			Cases []struct {
				Name   string `yaml:"alertname"`
				Expect []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	for name, into := range map[string]any{alertRules: &rules, alertTests: &tests} {
		if err := yaml.Unmarshal([]byte(readFile(t, name)), into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range tests.Tests {
		for _, c := range test.Cases {
			if len(c.Expect) > 0 {
				fires[c.Name] = true
			} else {
				silent[c.Name] = true
			}
		}
	}
	manual, n := readFile(t, operations), 0
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			n++
			if !fires[rule.Alert] || !silent[rule.Alert] {
				t.Errorf("%s: a test in which it fires: %v, in which it does not: %v", rule.Alert, fires[rule.Alert], silent[rule.Alert])
			}
			if want := "docs/operations.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want || !strings.Contains(manual, "\n### "+rule.Alert+"\n") {
				t.Errorf("%s: runbook %q, want %s, and that there", rule.Alert, rule.Annotations["runbook"], want)
			}
		}
	}
	if n == 0 {
		t.Error("no alerts")
	}
}

// busy runs a daemon that has seen all kinds of traffic, and returns what it exports.
func busy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const policy = "rules:\n  - {rule: link-limit, action: hold, max: 2}\n  - {rule: honeypot, action: hold, mode: shadow}\n"
	if err := os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, "", nil)
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `"c-2"`) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(callback.Close)
	owner := admin(t, dir)
	creds, err := owner.AddSite(t.Context(), models.Site{Name: "blog", Callback: callback.URL, AllowPrivateCallback: true})
	if err != nil {
		t.Fatal(err)
	}
	s.key = creds.Key
	for i, content := range []string{"an honest remark", "one that its blog does not take", "http://a.example http://b.example http://c.example http://d.example"} {
		author := map[string]any{"name": "Ann", "email": "ann@example.com"}
		s.call(t, "POST", "/v1/comments", map[string]any{"id": fmt.Sprint("c-", i+1), "content": content, "author": author}, nil, "Prefer", "wait=30")
	}
	s.call(t, "POST", "/v1/comments/c-3/label", map[string]any{"label": "spam"}, nil)
	s.call(t, "POST", "/v1/comments", map[string]any{"id": 1.5}, nil)
	s.call(t, "GET", "/v1/comments/nosuch", nil, nil)
	s.call(t, "GET", "/v1/comments", nil, nil)
	s.key = "wk_unknown"
	s.call(t, "GET", "/v1/decisions", nil, nil)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text := scrape(t, s)
		if strings.Contains(text, `winnow_deliveries_total{result="delivered",site="blog"} 3`) &&
			!strings.Contains(text, `winnow_deliveries_total{result="failed",site="blog"} 0`) {
			return text
		}
		if time.Now().After(deadline) {
			t.Fatalf("the deliveries are not counted:\n%s", text)
		}
	}
}

func scrape(t *testing.T, s *site) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.d.MetricsAddr()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", res.Status, err)
	}
	return string(body)
}

var (
	sampleName = regexp.MustCompile(`(?m)^(winnow_\w+)`)
	familyName = regexp.MustCompile(`(?m)^# TYPE (winnow_\w+)`)
	anyName    = regexp.MustCompile(`\bwinnow_[a-z_]+[a-z]\b`)
	tableName  = regexp.MustCompile("(?m)^\\| `(winnow_\\w+)")
)

func names(pattern *regexp.Regexp, text string) map[string]bool {
	set := map[string]bool{}
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		set[m[len(m)-1]] = true
	}
	return set
}

// TestMetricsAreCleanAndThere: Prometheus' checker has nothing to say of them, and what
// alerts, dashboard and manual name is exported, and the manual names all.
func TestMetricsAreCleanAndThere(t *testing.T) {
	text := busy(t)
	if said := promtool(t, text, "check", "metrics"); said != "" {
		t.Errorf("promtool check metrics said:\n%s", said)
	}
	samples, families := names(sampleName, text), names(familyName, text)
	for _, file := range []string{alertRules, alertTests, dashboard, operations} {
		used := names(anyName, readFile(t, file))
		if len(used) == 0 {
			t.Errorf("%s names no metrics", file)
		}
		for name := range used {
			if !samples[name] && !families[name] {
				t.Errorf("%s names %s, which winnow does not export", file, name)
			}
		}
	}
	described := names(tableName, readFile(t, operations))
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if !described[name] {
			t.Errorf("%s does not describe %s", operations, name)
		}
	}
}
