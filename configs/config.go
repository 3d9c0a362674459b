package configs

import "time"

// Config is the configuration of the daemon and of the commands beside it.
type Config struct {
	// DataDir holds the database, keys, lock and socket: everything but the
	// configuration. A relative path starts at the working directory.
	DataDir    string     `json:"data_dir"`
	Server     Server     `json:"server"`
	Store      Store      `json:"store"`
	Queue      Queue      `json:"queue"`
	Policy     Policy     `json:"policy"`
	Classifier Classifier `json:"classifier"`
	Moderation Moderation `json:"moderation"`
	Metrics    Metrics    `json:"metrics"`
	Log        Log        `json:"log"`
	Shutdown   Shutdown   `json:"shutdown"`
}

// Server is what listens for requests.
type Server struct {
	// Listen is the HOST:PORT of the API. An empty host means every address of the
	// machine, port 0 a free one.
	Listen string `json:"listen"`
	// MetricsListen is the HOST:PORT of /metrics, other than Listen.
	MetricsListen string `json:"metrics_listen"`
	// PublicURL is where people and programs reach winnow, if that is not where it
	// listens, such as https://winnow.example. With https cookies are marked secure.
	PublicURL string `json:"public_url"`
	// TrustedProxies are the addresses of proxies whose X-Forwarded-For is believed, see
	// Prefixes; empty for none.
	TrustedProxies string `json:"trusted_proxies"`
	// MaxBody is the largest body of a request with one comment, 1KiB to 64MiB.
	MaxBody Size `json:"max_body"`
	// MaxBatchBody is the largest body of a batch of comments, 1KiB to 1GiB.
	MaxBatchBody Size `json:"max_batch_body"`
	// MaxRate is how many comments a second one site may submit, with bursts of as many,
	// before it is answered 429: 0 (no limit) or up to 1000000.
	MaxRate int `json:"max_rate"`
}

// Store is where comments and decisions are kept.
type Store struct {
	// MaxSize is the size that the database file may reach, 0 (no limit) or 1MiB to
	// 1PiB. A full database refuses new comments and goes on serving what it has.
	MaxSize Size `json:"max_size"`
}

// Queue is what waits between accepting and deciding.
type Queue struct {
	// MaxAge is how long the oldest queued comment may have waited before new ones
	// are refused with 503, 1ms to 1d.
	MaxAge Duration `json:"max_age"`
	// MaxDepth is how many comments may be queued before new ones are refused with
	// 503, 1 to 10000000.
	MaxDepth int `json:"max_depth"`
	// MaxPerSite is how many comments of one site may be queued before its new ones
	// are refused with 429, 1 to 10000000; over MaxDepth it changes nothing.
	MaxPerSite int `json:"max_per_site"`
	// MaxAttempts is how often judging a comment may fail before it is held for a
	// moderator, 1 to 100.
	MaxAttempts int `json:"max_attempts"`
}

// Policy is which rules judge.
type Policy struct {
	// File is the policy file; empty means policy.yaml in DataDir if it is there, and
	// the policy that ships with winnow if not. A relative path starts at the working
	// directory.
	File string `json:"file"`
}

// Classifier is what follows from the probability of spam. Cut-offs are
// probabilities from 0 to 1, and a score that equals one has reached it.
type Classifier struct {
	// Starter is what the classifier knows before its first label.
	Starter Starter `json:"starter"`
	// HoldAbove is the score from which a comment is held for a moderator. The
	// classifier raises it where recent verdicts say so, and never goes below it.
	HoldAbove float64 `json:"hold_above"`
	// SpamAbove is the score from which a held comment is called spam rather than
	// unsure, HoldAbove or more.
	SpamAbove float64 `json:"spam_above"`
	// RejectAbove is the score from which a comment is rejected without a moderator,
	// HoldAbove or more; 0 means never.
	RejectAbove float64 `json:"reject_above"`
}

// Moderation is how moderators work.
type Moderation struct {
	// UndoWindow is how long a verdict can be undone without a trace before it is
	// delivered, 0 to 10m.
	UndoWindow Duration `json:"undo_window"`
	// SessionIdle is how long a browser stays signed in without use, 1m to 365d.
	SessionIdle Duration `json:"session_idle"`
	// SessionMax is how long a browser stays signed in at most, 1m to 365d.
	SessionMax Duration `json:"session_max"`
}

// Metrics is what is counted.
type Metrics struct {
	// MaxSites is how many sites are counted by name, 0 to 10000; the others are
	// counted together as "other".
	MaxSites int `json:"max_sites"`
}

// Log is what is logged, to standard error.
type Log struct {
	// Level is the least severe level that is logged.
	Level LogLevel `json:"level"`
	// Format is how a line looks.
	Format LogFormat `json:"format"`
}

// Shutdown is how the daemon goes down.
type Shutdown struct {
	// Timeout is how long requests and judging may take to finish after the signal
	// to stop, 1ms to 1h.
	Timeout Duration `json:"timeout"`
}

// Default returns the configuration of a daemon that was told nothing.
func Default() *Config {
	return &Config{
		DataDir:    "winnow-data",
		Server:     Server{Listen: "127.0.0.1:8080", MetricsListen: "127.0.0.1:9614", MaxBody: 256 * KiB, MaxBatchBody: 16 * MiB},
		Queue:      Queue{MaxAge: Duration(30 * time.Second), MaxDepth: 100_000, MaxPerSite: 50_000, MaxAttempts: 5},
		Classifier: Classifier{Starter: StarterDefault, HoldAbove: 0.5, SpamAbove: 0.9},
		Moderation: Moderation{UndoWindow: Duration(5 * time.Second), SessionIdle: Duration(24 * time.Hour), SessionMax: Duration(30 * 24 * time.Hour)},
		Metrics:    Metrics{MaxSites: 100},
		Log:        Log{Level: LevelInfo, Format: FormatText},
		Shutdown:   Shutdown{Timeout: Duration(30 * time.Second)},
	}
}
