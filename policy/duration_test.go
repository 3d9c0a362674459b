package policy

import (
	"testing"
	"time"
)

func TestDurationsAreReadOrRefused(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "12h": 12 * time.Hour, "30d": 30 * day, "1d12h": 36 * time.Hour,
		"1h30m": 90 * time.Minute, "0s": 0, "0d": 0, "1.5h": 90 * time.Minute, "106751d": 106751 * day,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "d", "12", "-1h", "+1h", "1d-1h", "1d+1h", "-1d", "1.5d", "1h2d", "1d1d", "soon", "1 h", "1w", "106752d",
		"106751d23h59m", "99999999999999999999d", "1e3s", "NaNs",
	} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("%q: read as %v", s, got)
		}
	}
}

func FuzzDurations(f *testing.F) {
	for _, s := range []string{"30d", "1d12h", "250ms", "1.5h", "-1d", "106752d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		if d < 0 || err != nil && d != 0 {
			t.Errorf("%q gave %v, %v", s, d, err)
		}
		if want, wantErr := time.ParseDuration(s); err == nil && wantErr == nil && d != want {
			t.Errorf("%q gave %v, want %v", s, d, want)
		}
	})
}
