package load

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// Options say what to load and how.
type Options struct {
	// URL is the daemon's address, "http://127.0.0.1:8080"; Key is a site's API key.
	URL, Key string
	// Comments are sent in turn, each time with an id and a last word of its own. Some of
	// our own if nil.
	Comments []models.Comment
	// Connections are kept busy, at least 1.
	Connections int
	// Duration is how long comments are sent.
	Duration time.Duration
	// Rate is how many comments a second are due, on all connections together; 0 sends
	// as fast as they are answered.
	Rate float64
	// Batch is how many comments a request carries; 0 sends each by itself.
	Batch int
	// AcceptOnly leaves the decisions feed alone: nothing is known of decisions then.
	AcceptOnly bool
	// Patience is how long no decision may come in, after the last comment was sent,
	// before what is undecided counts as lost; 30 s if 0.
	Patience time.Duration
}

// maxBatch is how many comments the daemon takes at once.
const maxBatch = 1000

// Check tells what is wrong with the options, by name.
func (o Options) Check() error {
	_, err := o.complete()
	return err
}

func (o *Options) complete() (*url.URL, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("address of the daemon: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("address of the daemon %q: must be like http://127.0.0.1:8080", o.URL)
	case o.Key == "":
		return nil, errors.New("a site's API key is needed")
	case strings.ContainsAny(o.Key, "\r\n"):
		return nil, errors.New("the API key has a line break in it")
	case o.Connections < 1:
		return nil, fmt.Errorf("%d connections: must be at least 1", o.Connections)
	case o.Duration <= 0:
		return nil, fmt.Errorf("a duration of %s: must be above 0", o.Duration)
	case !(o.Rate >= 0 && o.Rate <= math.MaxInt32):
		return nil, fmt.Errorf("a rate of %g: must be 0 or a number above it", o.Rate)
	case o.Batch < 0 || o.Batch > maxBatch:
		return nil, fmt.Errorf("batches of %d: must be 0 to %d", o.Batch, maxBatch)
	}
	if len(o.Comments) == 0 {
		o.Comments = OwnComments()
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	return u, nil
}
