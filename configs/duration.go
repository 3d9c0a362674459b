package configs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, never negative, that is written as numbers with
// units: 30d, 12h, 1h30m, 250ms. A day (d) is 24 hours and stands first, as a
// whole number; the other units are those of time.ParseDuration.
type Duration time.Duration

const day = 24 * time.Hour

// ParseDuration reads a duration as it is written in a configuration.
func ParseDuration(s string) (Duration, error) {
	fail := func(why string) (Duration, error) {
		return 0, fmt.Errorf("%s is not a duration: %s", quote(s), why)
	}
	const shape = "write a number and a unit, such as 30d, 12h, 1h30m or 250ms"
	if strings.Trim(s, "0123456789") == "" || !isDigit(s[0]) && s[0] != '.' {
		return fail(shape)
	}
	var days uint64
	rest := s
	if n := strings.IndexByte(s, 'd'); n > 0 && strings.Trim(s[:n], "0123456789") == "" {
		var err error
		if days, err = strconv.ParseUint(s[:n], 10, 64); err != nil || days > math.MaxInt64/uint64(day) {
			return fail("it is too long")
		}
		rest = s[n+1:]
	}
	var clock time.Duration
	if rest != "" {
		var err error
		if clock, err = time.ParseDuration(rest); err != nil || !isDigit(rest[0]) && rest[0] != '.' {
			return fail(shape)
		}
	}
	d := time.Duration(days) * day
	if clock > math.MaxInt64-d {
		return fail("it is too long")
	}
	return Duration(d + clock), nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// String gives the duration in whole numbers of units, the largest first, so that
// ParseDuration reads it back exactly: 1d12h, 1h30m, 250ms, and 0s for none.
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	if d < 0 {
		return time.Duration(d).String()
	}
	units := [...]struct {
		of   time.Duration
		name string
	}{
		{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"},
		{time.Millisecond, "ms"}, {time.Microsecond, "us"}, {time.Nanosecond, "ns"},
	}
	var b []byte
	rest := time.Duration(d)
	for _, u := range units {
		if n := rest / u.of; n > 0 {
			b = append(strconv.AppendInt(b, int64(n), 10), u.name...)
			rest -= n * u.of
		}
	}
	return string(b)
}

// MarshalText gives the duration as String does; it serves JSON and YAML.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a duration as ParseDuration does; it serves JSON and YAML.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
