package policy

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var (
	errNoDuration = errors.New("must be a length of time such as 250ms, 12h or 30d")
	errTooLong    = errors.New("is longer than can be counted")
)

// parseDuration reads a length of time: whole days (of 24 hours), what
// time.ParseDuration reads, or the first followed by the second, as in 1d12h. The
// error is errNoDuration or errTooLong.
func parseDuration(s string) (time.Duration, error) {
	if s == "" || s[0] == '-' || s[0] == '+' {
		return 0, errNoDuration
	}
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	}
	n, err := strconv.ParseUint(days, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && n > math.MaxInt64/uint64(day):
		return 0, errTooLong
	case err != nil:
		return 0, errNoDuration
	}
	whole := time.Duration(n) * day
	if rest == "" {
		return whole, nil
	}
	part, err := time.ParseDuration(rest)
	if err != nil || rest[0] == '-' || rest[0] == '+' {
		return 0, errNoDuration
	}
	if part > math.MaxInt64-whole {
		return 0, errTooLong
	}
	return whole + part, nil
}

// writeDuration writes a length of time as a policy would, in its largest unit.
func writeDuration(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= unit.of && d%unit.of == 0 {
			return strconv.FormatInt(int64(d/unit.of), 10) + unit.name
		}
	}
	return d.String()
}
