package configs

import (
	"strings"
	"testing"
)

// FuzzEnvironment reads any variable beside a good one: it is understood, or it is a
// fault that names it, and it never hides the good one.
func FuzzEnvironment(f *testing.F) {
	for _, seed := range []string{"WINNOW_SERVER_LISTEN=:8080", "WINNOW_SERVER_LISEN=x", "WINNOW_=", "WINNOW_SERVICE_HOST=10.0.0.1", "PATH=x", "WINNOW_QUEUE_MAX_AGE=30", "WINNOW_X\x00\n=\x1b[0m", "="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pair string) {
		l := decodeEnv([]string{"WINNOW_LOG_LEVEL=debug", pair})
		name, value, ok := strings.Cut(pair, "=")
		if _, known := l.entries["log.level"]; !known && name != "WINNOW_LOG_LEVEL" {
			t.Fatalf("%q hides another variable", pair)
		}
		ours := ok && strings.HasPrefix(name, envPrefix)
		if !ours && (len(l.faults) > 0 || len(l.entries) > 1) {
			t.Fatalf("%q is none of winnow's", pair)
		}
		if ours && value != "" && name != "WINNOW_LOG_LEVEL" && len(l.faults)+len(l.entries) != 2 {
			t.Fatalf("%q is neither read nor a fault", pair)
		}
	})
}
