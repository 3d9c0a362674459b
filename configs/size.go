package configs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, never negative. It is written as a whole number,
// alone for bytes or with a unit: 64KiB, 16MiB, 1GiB, 1TiB, 1PiB count in steps of
// 1024, and 64KB, 16MB, 1GB, 1TB, 1PB in steps of 1000.
type Size int64

// The binary units of size, in bytes.
const (
	KiB Size = 1 << (10 * (iota + 1))
	MiB
	GiB
	TiB
	PiB
)

// sizeUnits lists the units, larger before smaller, binary before decimal.
var sizeUnits = [...]struct {
	name string
	of   Size
}{
	{"PiB", PiB},
	{"TiB", TiB},
	{"GiB", GiB},
	{"MiB", MiB},
	{"KiB", KiB},
	{"PB", 1e15},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"KB", 1e3},
}

// ParseSize reads a size as it is written in a configuration.
func ParseSize(s string) (Size, error) {
	digits := s
	unit := Size(1)
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(s, u.name); ok {
			digits, unit = n, u.of
			break
		}
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%s is not a size: write a whole number of bytes, or one with a unit, such as 64KiB, 16MiB or 1GB", quote(s))
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("%s is not a size: it is too large", quote(s))
	}
	return Size(n) * unit, nil
}

// String gives the size in the largest unit of which it is a whole number, binary
// units first, so that ParseSize reads it back exactly: 256KiB, 64KB, 1500001.
func (s Size) String() string {
	if s > 0 {
		for _, u := range sizeUnits {
			if s%u.of == 0 {
				return strconv.FormatInt(int64(s/u.of), 10) + u.name
			}
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText gives the size as String does; it serves JSON and YAML.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a size as ParseSize does; it serves JSON and YAML.
func (s *Size) UnmarshalText(text []byte) error {
	v, err := ParseSize(string(text))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
