package configs

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func TestDurations(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want time.Duration
		out  string
	}{
		{"30d", 720 * time.Hour, "30d"},
		{"12h", 12 * time.Hour, "12h"},
		{"36h", 36 * time.Hour, "1d12h"},
		{"250ms", 250 * time.Millisecond, "250ms"},
		{"1h30m", 90 * time.Minute, "1h30m"},
		{"1.5h", 90 * time.Minute, "1h30m"},
		{".5s", 500 * time.Millisecond, "500ms"},
		{"1d1ns", day + 1, "1d1ns"},
		{"3µs", 3 * time.Microsecond, "3us"},
		{"0s", 0, "0s"},
		{"0d", 0, "0s"},
		{"106751d23h47m16s854ms775us807ns", math.MaxInt64, "106751d23h47m16s854ms775us807ns"},
	} {
		got, err := ParseDuration(tt.in)
		if err != nil || time.Duration(got) != tt.want || got.String() != tt.out {
			t.Errorf("%q: got %d (%v), %v; want %d (%s)", tt.in, got, got, err, tt.want, tt.out)
		}
	}
	for _, in := range []string{
		"", "0", "30", "d", "h", "-1s", "+1s", "1d-1s", "1d+1s", "1 h", "1h ", "1w", "1y", "1D", "1.5d", "1h1d", "1d1d", "forever", "1e3s", "..s",
		"106752d", "106751d24h", "99999999999999999999d", "9223372036855ms1s", "9223372037s", "١s",
	} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int64
		out  string
	}{
		{"0", 0, "0"},
		{"0GiB", 0, "0"},
		{"1", 1, "1"},
		{"64KiB", 65536, "64KiB"},
		{"65536", 65536, "64KiB"},
		{"16MiB", 16 << 20, "16MiB"},
		{"1GiB", 1 << 30, "1GiB"},
		{"1024GiB", 1 << 40, "1TiB"},
		{"3PiB", 3 << 50, "3PiB"},
		{"64KB", 64000, "64KB"},
		{"1MB", 1e6, "1MB"},
		{"2TB", 2e12, "1953125000KiB"},
		{"1500001", 1500001, "1500001"},
		{"9223372036854775807", math.MaxInt64, "9223372036854775807"},
		{"8191PiB", 8191 << 50, "8191PiB"},
	} {
		got, err := ParseSize(tt.in)
		if err != nil || int64(got) != tt.want || got.String() != tt.out {
			t.Errorf("%q: got %d (%v), %v; want %d (%s)", tt.in, int64(got), got, err, tt.want, tt.out)
		}
	}
	for _, in := range []string{
		"", "KiB", "-1", "+1", "1.5GiB", "64 KiB", " 64KiB", "64K", "64k", "64kib", "64B", "1_000", "0x10", "1e3", "much",
		"9223372036854775808", "8192PiB", "9223372036854775807KB",
	} {
		if got, err := ParseSize(in); err == nil {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestUnitsAreTextInJSONAndYAML(t *testing.T) {
	type pair struct {
		D Duration `json:"d" yaml:"d"`
		S Size     `json:"s" yaml:"s"`
	}
	want := pair{Duration(90 * time.Minute), 3 * MiB}
	j, err := json.Marshal(want)
	if err != nil || string(j) != `{"d":"1h30m","s":"3MiB"}` {
		t.Errorf("JSON %s, %v", j, err)
	}
	y, err := yaml.Marshal(want)
	if err != nil || string(y) != "d: 1h30m\ns: 3MiB\n" {
		t.Errorf("YAML %s, %v", y, err)
	}
	var fromJSON, fromYAML pair
	if err := json.Unmarshal(j, &fromJSON); err != nil || fromJSON != want {
		t.Errorf("from JSON %+v, %v", fromJSON, err)
	}
	if err := yaml.Unmarshal(y, &fromYAML); err != nil || fromYAML != want {
		t.Errorf("from YAML %+v, %v", fromYAML, err)
	}
	if err := json.Unmarshal([]byte(`{"d":"1 hour"}`), &fromJSON); err == nil {
		t.Error("JSON took a wrong duration")
	}
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"30d", "12h", "1h30m", "250ms", "1d0.5s", "106751d23h47m16s854ms775us807ns", "-1s", "1dd", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		if again, err := ParseDuration(d.String()); err != nil || again != d || d < 0 {
			t.Fatalf("%q is %d, printed as %v, read back as %d, %v", s, d, d, again, err)
		}
		if std, err := time.ParseDuration(s); err == nil && Duration(std) != d {
			t.Fatalf("%q is %v, and %v in package time", s, d, std)
		}
	})
}

func FuzzSize(f *testing.F) {
	for _, s := range []string{"0", "64KiB", "16MiB", "1GB", "8191PiB", "9223372036854775807", "1.5GiB", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err != nil {
			return
		}
		if again, err := ParseSize(n.String()); err != nil || again != n || n < 0 {
			t.Fatalf("%q is %d, printed as %v, read back as %d, %v", s, int64(n), n, int64(again), err)
		}
	})
}

func TestNearestNames(t *testing.T) {
	for name, want := range map[string]string{
		"server.lisen": "server.listen", "server.lsiten": "server.listen", "max_age": "queue.max_age", "listen": "server.listen",
		"sever": "server", "Server": "server", "datadir": "data_dir", "classifier.hold": "classifier.hold_above", "loglevel": "log.level",
	} {
		if got := alike(name); got != want {
			t.Errorf("%s: nearest is %s, want %s", name, got, want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}, {"abcd", "badc", 2}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("from %q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
