package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/viper"
)

// Options say where settings come from.
type Options struct {
	// File is the configuration file that was asked for; it must exist. Empty: the
	// first file of Search that exists, if any does.
	File string
	// Search lists the paths that are tried without File, such as "./winnow.yaml".
	Search []string
	// Env is the environment in the form of os.Environ.
	Env []string
	// Flags holds the flags that were set on the command line, by full key: a value
	// for "server.listen" is that of --listen.
	Flags map[string]string
}

// Sources tells where the settings of a Config came from.
type Sources struct {
	// File is the configuration file that was read; empty if there was none.
	File string
	// Keys holds the origin of every key, by its path.
	Keys map[string]Origin
}

// MaxFileBytes is the size of the largest configuration file that is read, 1 MiB.
const MaxFileBytes = 1 << 20

// Load reads the configuration. Everything that is wrong with its contents comes
// back as one error, Faults; a file that cannot be read is an error of its own.
func Load(o Options) (*Config, *Sources, error) {
	name, data, err := readFile(o)
	if err != nil {
		return nil, nil, err
	}
	return merge(name, decodeFile(name, data), decodeEnv(o.Env), decodeFlags(o.Flags))
}

// merge puts the layers over the defaults by precedence and checks the outcome.
// Viper decides which layer wins; it sees single values under undivided keys, each
// with its origin, so that it neither converts nor renames anything.
func merge(name string, file, env, flags layer) (*Config, *Sources, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	defaults := Default()
	for i := range keys {
		v.SetDefault(keys[i].path, entry{text(keys[i].field(defaults)), Origin{Layer: FromDefault}})
	}
	for _, l := range []layer{file, env} { // the later one wins
		values := make(map[string]any, len(l.entries))
		for path, e := range l.entries {
			values[path] = e
		}
		if err := v.MergeConfigMap(values); err != nil {
			return nil, nil, fmt.Errorf("merge configuration: %w", err)
		}
	}
	for path, e := range flags.entries {
		v.Set(path, e)
	}

	c, s := Default(), &Sources{File: name, Keys: make(map[string]Origin, len(keys))}
	for i := range keys {
		k := &keys[i]
		e, ok := v.Get(k.path).(entry)
		if !ok {
			return nil, nil, fmt.Errorf("merge configuration: %s has no value", k.path)
		}
		if err := k.set(c, e.text); err != nil {
			return nil, nil, fmt.Errorf("merge configuration: %s: %w", k.path, err)
		}
		s.Keys[k.path] = e.origin
	}

	var faults Faults
	for _, l := range []layer{file, env, flags} {
		faults = append(faults, l.faults...)
	}
	faults = append(faults, conflicts(c, s, faults)...)
	if len(faults) > 0 {
		return nil, nil, faults.sorted()
	}
	return c, s, nil
}

// readFile gives the path and contents of the configuration file; none is neither.
func readFile(o Options) (string, []byte, error) {
	if o.File != "" {
		data, err := readAll(o.File)
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil, fmt.Errorf("configuration file %s does not exist: %w", o.File, err)
		}
		return o.File, data, err
	}
	for _, name := range o.Search {
		data, err := readAll(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return name, data, err
	}
	return "", nil, nil
}

func readAll(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read configuration file: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration file: %w", err)
	}
	if len(data) > MaxFileBytes {
		return nil, fmt.Errorf("read configuration file: %s is larger than 1 MiB and can hardly be one", name)
	}
	return data, nil
}

// decodeFlags reads the settings of the flags that were set.
func decodeFlags(flags map[string]string) layer {
	l := layer{entries: map[string]entry{}}
	for _, path := range sortedNames(flags) {
		k := keyByPath(path)
		if k == nil {
			l.fault(Origin{Layer: FromFlag, Name: "flag for " + printable(path)}, "", "unknown key; the nearest known one is "+alike(path))
			continue
		}
		name := k.flag
		if name == "" {
			name = "flag for " + path
		}
		l.add(k, flags[path], Origin{Layer: FromFlag, Name: name})
	}
	return l
}
