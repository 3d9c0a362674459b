package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// follower reads a site's decisions feed.
type follower struct {
	client *http.Client
	feed   *url.URL
	key    string
	cursor string
	book   *ledger
}

// page is what matters of an answer of the feed.
type page struct {
	Decisions []struct {
		CommentID string `json:"comment_id"`
	} `json:"decisions"`
	Cursor string `json:"cursor"`
}

// newFollower finds where the feed stands now.
func newFollower(ctx context.Context, u *url.URL, key string, book *ledger) (*follower, error) {
	f := &follower{
		client: &http.Client{Transport: &http.Transport{}, Timeout: answerTime},
		feed:   u.JoinPath("/v1/decisions"), key: key, cursor: "now", book: book,
	}
	p, err := f.read(ctx, 0)
	if err != nil {
		f.client.CloseIdleConnections()
		return nil, fmt.Errorf("read the decisions feed: %w", err)
	}
	f.cursor = p.Cursor
	return f, nil
}

// follow notes decisions until ctx ends.
func (f *follower) follow(ctx context.Context, start time.Time) error {
	defer f.client.CloseIdleConnections()
	for failures := 0; ; {
		p, err := f.read(ctx, 20*time.Second)
		at := time.Since(start)
		if err != nil {
			if failures++; failures == maxFailures || ctx.Err() != nil {
				return err
			}
			select {
			case <-time.After(settleEvery):
			case <-ctx.Done():
			}
			continue
		}
		failures, f.cursor = 0, p.Cursor
		for i := range p.Decisions {
			f.book.decide(p.Decisions[i].CommentID, at)
		}
	}
}

func (f *follower) read(ctx context.Context, wait time.Duration) (*page, error) {
	query := url.Values{"after": {f.cursor}, "limit": {"1000"}}
	if wait > 0 {
		query.Set("wait", fmt.Sprint(int(wait.Seconds())))
	}
	u := *f.feed
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.key)
	res, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the daemon answered %s: %s", res.Status, reason(body))
	}
	p := new(page)
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("the answer is not one of the feed: %w", err)
	}
	return p, nil
}

func newLines(b []byte) *jsontext.Decoder { return jsontext.NewDecoder(bytes.NewReader(b)) }

// reason is what an answer says in words: a problem's detail, or its first part as it is.
func reason(body []byte) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(body, &problem); err == nil && problem.Detail != "" {
		return problem.Detail
	}
	return string(bytes.TrimSpace(body[:min(len(body), 500)]))
}
