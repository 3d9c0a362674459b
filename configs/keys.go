package configs

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// key is one setting: a leaf of Config.
type key struct {
	// path is the key as it is written in full, such as "server.listen".
	path string
	// flag is the command line flag that sets it, if there is one.
	flag string
	// field gives a pointer to its field.
	field func(*Config) any
	// check says what is wrong with the field's value alone; nil allows all.
	check func(*Config) error
}

// keys lists every setting, in the order of Config.
var keys = [...]key{
	{"data_dir", "--data-dir", func(c *Config) any { return &c.DataDir }, func(c *Config) error { return notEmpty(c.DataDir) }},
	{"server.listen", "--listen", func(c *Config) any { return &c.Server.Listen }, func(c *Config) error { return address(c.Server.Listen) }},
	{"server.metrics_listen", "--metrics-listen", func(c *Config) any { return &c.Server.MetricsListen }, func(c *Config) error { return address(c.Server.MetricsListen) }},
	{"server.public_url", "", func(c *Config) any { return &c.Server.PublicURL }, func(c *Config) error { return publicURL(c.Server.PublicURL) }},
	{"server.trusted_proxies", "", func(c *Config) any { return &c.Server.TrustedProxies }, func(c *Config) error { _, err := Prefixes(c.Server.TrustedProxies); return err }},
	{"server.max_body", "", func(c *Config) any { return &c.Server.MaxBody }, func(c *Config) error { return between(c.Server.MaxBody, KiB, 64*MiB) }},
	{"server.max_batch_body", "", func(c *Config) any { return &c.Server.MaxBatchBody }, func(c *Config) error { return between(c.Server.MaxBatchBody, KiB, GiB) }},
	{"server.max_rate", "", func(c *Config) any { return &c.Server.MaxRate }, func(c *Config) error { return between(c.Server.MaxRate, 0, 1_000_000) }},
	{"store.max_size", "", func(c *Config) any { return &c.Store.MaxSize }, func(c *Config) error { return zeroOrBetween(c.Store.MaxSize, MiB, PiB) }},
	{"queue.max_age", "", func(c *Config) any { return &c.Queue.MaxAge }, func(c *Config) error { return between(c.Queue.MaxAge, Duration(time.Millisecond), Duration(day)) }},
	{"queue.max_depth", "", func(c *Config) any { return &c.Queue.MaxDepth }, func(c *Config) error { return between(c.Queue.MaxDepth, 1, 10_000_000) }},
	{"queue.max_per_site", "", func(c *Config) any { return &c.Queue.MaxPerSite }, func(c *Config) error { return between(c.Queue.MaxPerSite, 1, 10_000_000) }},
	{"queue.max_attempts", "", func(c *Config) any { return &c.Queue.MaxAttempts }, func(c *Config) error { return between(c.Queue.MaxAttempts, 1, 100) }},
	{"policy.file", "", func(c *Config) any { return &c.Policy.File }, nil},
	{"classifier.starter", "", func(c *Config) any { return &c.Classifier.Starter }, nil},
	{"classifier.hold_above", "", func(c *Config) any { return &c.Classifier.HoldAbove }, func(c *Config) error { return between(c.Classifier.HoldAbove, 0, 1) }},
	{"classifier.spam_above", "", func(c *Config) any { return &c.Classifier.SpamAbove }, func(c *Config) error { return between(c.Classifier.SpamAbove, 0, 1) }},
	{"classifier.reject_above", "", func(c *Config) any { return &c.Classifier.RejectAbove }, func(c *Config) error { return between(c.Classifier.RejectAbove, 0, 1) }},
	{"moderation.undo_window", "", func(c *Config) any { return &c.Moderation.UndoWindow }, func(c *Config) error {
		return between(c.Moderation.UndoWindow, 0, Duration(10*time.Minute))
	}},
	{"moderation.session_idle", "", func(c *Config) any { return &c.Moderation.SessionIdle }, func(c *Config) error {
		return between(c.Moderation.SessionIdle, Duration(time.Minute), 365*Duration(day))
	}},
	{"moderation.session_max", "", func(c *Config) any { return &c.Moderation.SessionMax }, func(c *Config) error {
		return between(c.Moderation.SessionMax, Duration(time.Minute), 365*Duration(day))
	}},
	{"metrics.max_sites", "", func(c *Config) any { return &c.Metrics.MaxSites }, func(c *Config) error { return between(c.Metrics.MaxSites, 0, 10_000) }},
	{"log.level", "--log-level", func(c *Config) any { return &c.Log.Level }, nil},
	{"log.format", "--log-format", func(c *Config) any { return &c.Log.Format }, nil},
	{"shutdown.timeout", "", func(c *Config) any { return &c.Shutdown.Timeout }, func(c *Config) error {
		return between(c.Shutdown.Timeout, Duration(time.Millisecond), Duration(time.Hour))
	}},
}

// group is the part of the key before the dot; empty at the top level.
func (k *key) group() string {
	group, _, ok := strings.Cut(k.path, ".")
	if !ok {
		return ""
	}
	return group
}

// leaf is the part of the key after the dot.
func (k *key) leaf() string { return k.path[strings.IndexByte(k.path, '.')+1:] }

// env is the variable that sets the key, such as WINNOW_SERVER_LISTEN.
func (k *key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}

// set reads text into the key's field and checks it.
func (k *key) set(c *Config, text string) error {
	if err := assign(k.field(c), text); err != nil {
		return err
	}
	if k.check == nil {
		return nil
	}
	return k.check(c)
}

func keyByPath(path string) *key {
	for i := range keys {
		if keys[i].path == path {
			return &keys[i]
		}
	}
	return nil
}

func isGroup(name string) bool {
	for i := range keys {
		if keys[i].group() == name {
			return name != ""
		}
	}
	return false
}

// alike returns the known name that is most like one that a file or a flag gave: a
// key, or also a group where the name stands outside groups.
func alike(path string) string {
	var known []string
	for i := range keys {
		k := &keys[i]
		if g := k.group(); !strings.Contains(path, ".") && !slices.Contains(known, g) && g != "" {
			known = append(known, g)
		}
		known = append(known, k.path)
	}
	return nearest(path, known)
}

func notEmpty(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func between[T cmp.Ordered](v, least, most T) error {
	if v < least || v > most {
		return fmt.Errorf("%v is out of range: must be between %v and %v", v, least, most)
	}
	return nil
}

func zeroOrBetween(v, least, most Size) error {
	if v != 0 && between(v, least, most) != nil {
		return fmt.Errorf("%v is out of range: must be 0 or between %v and %v", v, least, most)
	}
	return nil
}

// publicURL checks the address that people use.
func publicURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%s is not an address: must be the beginning of a URL and no path, such as https://winnow.example", quote(s))
	}
	return nil
}

// hostName is what may stand where an IP address may: names as resolvers know
// them, whose last label is not a number.
var hostName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.)*[A-Za-z_]([A-Za-z0-9_-]*[A-Za-z0-9_])?\.?$`)

// address checks a HOST:PORT to listen on.
func address(s string) error {
	const shape = "must be HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080"
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%s is not an address: %s", quote(s), shape)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s is not an address: the port must be a number from 0 to 65535", quote(s))
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostName.MatchString(host) {
		return fmt.Errorf("%s is not an address: %s is neither an IP address nor a host name", quote(s), quote(host))
	}
	return nil
}
