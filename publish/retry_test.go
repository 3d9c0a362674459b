package publish

import (
	"testing"
	"time"
)

func TestScheduleIsAsPromised(t *testing.T) {
	want := []time.Duration{
		1 * time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	for _, random := range []float64{0, 0.5, 0.999999} {
		o := Options{Schedule: Schedule(), Random: func() float64 { return random }}
		for n, d := range want {
			got, ok := o.wait(n+1, 0)
			if exact := time.Duration(float64(d) * (0.9 + 0.2*random)); !ok || got != exact {
				t.Errorf("after failure %d: %v, want %v", n+1, got, exact)
			}
			if got > o.longest(n+1) {
				t.Errorf("after failure %d: %v is longer than the longest, %v", n+1, got, o.longest(n+1))
			}
		}
		if _, ok := o.wait(14, 0); ok {
			t.Error("a fifteenth attempt")
		}
	}
}

func TestRetryAfterPutsOffAndNeverHastens(t *testing.T) {
	o := Options{Schedule: Schedule(), Random: func() float64 { return 0.5 }}
	for _, test := range []struct {
		n     int
		asked time.Duration
		want  time.Duration
	}{
		{1, 0, time.Second}, {1, 30 * time.Second, 30 * time.Second}, {1, 2 * time.Hour, time.Hour},
		{6, time.Second, 5 * time.Minute}, {8, time.Hour, 2 * time.Hour},
	} {
		if got, _ := o.wait(test.n, test.asked); got != test.want {
			t.Errorf("failure %d, asked for %v: %v, want %v", test.n, test.asked, got, test.want)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "3600": time.Hour, "3601": time.Hour, "99999999999999999999": time.Hour,
		"-5": 0, "1.5": 0, "soon": 0, "+5": 0,
		"Sun, 01 Mar 2026 10:02:00 GMT": 2 * time.Minute, "Sunday, 01-Mar-26 10:02:00 GMT": 2 * time.Minute, "Sun Mar  1 10:02:00 2026": 2 * time.Minute,
		"Sun, 01 Mar 2026 09:00:00 GMT": 0, "Mon, 02 Mar 2026 10:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Sun, 01 Mar 2026 10:02:00 GMT")
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if d := retryAfter(value, now); d < 0 || d > time.Hour {
			t.Errorf("%q: %v", value, d)
		}
	})
}

func TestPausesGrowUpToAMinute(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 1: 0, 7: 0, 8: time.Second, 9: 2 * time.Second, 13: 32 * time.Second, 14: time.Minute, 1_000_000: time.Minute,
	} {
		if got := pause(failures); got != want {
			t.Errorf("after %d: %v, want %v", failures, got, want)
		}
	}
}
