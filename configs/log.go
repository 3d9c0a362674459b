package configs

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// LogLevel is how severe something must be to be logged.
type LogLevel string

// The log levels.
const (
	LevelDebug LogLevel = "debug"
	LevelInfo  LogLevel = "info"
	LevelWarn  LogLevel = "warn"
	LevelError LogLevel = "error"
)

// Slog gives slog's level of the same name;
// it is slog.LevelInfo for a LogLevel that does not exist.
func (l LogLevel) Slog() slog.Level {
	switch l {
	case LevelDebug:
		return slog.LevelDebug
	case LevelWarn:
		return slog.LevelWarn
	case LevelError:
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// UnmarshalText accepts the levels that exist, in lower case.
func (l *LogLevel) UnmarshalText(text []byte) error {
	return oneOf(l, text, LevelDebug, LevelInfo, LevelWarn, LevelError)
}

// LogFormat is how a log line looks.
type LogFormat string

// The log formats: text is for people (key=value), json is one object a line.
const (
	FormatText LogFormat = "text"
	FormatJSON LogFormat = "json"
)

// UnmarshalText accepts the formats that exist, in lower case.
func (f *LogFormat) UnmarshalText(text []byte) error {
	return oneOf(f, text, FormatText, FormatJSON)
}

// oneOf sets v to text if that is one of all.
func oneOf[T ~string](v *T, text []byte, all ...T) error {
	if !slices.Contains(all, T(text)) {
		names := make([]string, len(all))
		for i, a := range all {
			names[i] = string(a)
		}
		return fmt.Errorf("%s is not known: must be one of %s", quote(string(text)), strings.Join(names, ", "))
	}
	*v = T(text)
	return nil
}
