package client

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/winnowd/winnow/models"
)

// Receipt tells that a comment is on winnow's disk, and how it stands.
type Receipt struct {
	ID       string `json:"id"`
	Site     string `json:"site"`
	Revision int    `json:"revision"`
	// Status is "queued" or "decided".
	Status string `json:"status"`
	// Decision is what was decided while SubmitAndWait waited; nil otherwise.
	Decision *models.Decision `json:"-"`
}

// MaxWait is the longest that SubmitAndWait waits.
const MaxWait = 30 * time.Second

// Submit hands a comment over. A comment without an id gets one, which the receipt
// tells. The same comment again is judged once; the same id with other content is the
// comment's next revision.
func (c *Client) Submit(ctx context.Context, comment *models.Comment) (*Receipt, error) {
	return c.submit(ctx, comment, 0)
}

// SubmitAndWait is Submit, and waits up to MaxWait for the decision, in whole seconds,
// rounded up. A receipt without a Decision means that none was there in time: it will
// come by the callback, the feed or Comment.
func (c *Client) SubmitAndWait(ctx context.Context, comment *models.Comment, wait time.Duration) (*Receipt, error) {
	return c.submit(ctx, comment, min(max(wait, time.Second), MaxWait))
}

func (c *Client) submit(ctx context.Context, comment *models.Comment, wait time.Duration) (*Receipt, error) {
	sent := *comment
	if sent.ID == "" {
		sent.ID = newID()
	}
	body, err := json.Marshal(&sent)
	if err != nil {
		return nil, fmt.Errorf("submit comment: %w: %w", err, models.ErrInvalid)
	}
	rq := &request{
		doing: "submit comment", method: http.MethodPost, path: "/v1/comments",
		media: mediaJSON, body: body, message: c.message(), wait: wait,
	}
	if wait > 0 {
		rq.prefer = "wait=" + strconv.Itoa(int((wait+time.Second-1)/time.Second))
	}
	var receipt Receipt
	err = c.call(ctx, rq, func(a *answer) error { return readReceipt(a, &receipt) })
	if err != nil {
		return nil, err
	}
	return &receipt, nil
}

// readReceipt reads a 202, or a 200 with the decision.
func readReceipt(a *answer, receipt *Receipt) error {
	*receipt = Receipt{}
	if a.status != http.StatusOK {
		if err := json.Unmarshal(a.body, receipt); err != nil {
			return err
		}
		return wellFormed(receipt.ID)
	}
	var d models.Decision
	if err := json.Unmarshal(a.body, &d); err != nil {
		return err
	}
	*receipt = Receipt{ID: d.CommentID, Site: d.Site, Revision: d.Revision, Status: "decided", Decision: &d}
	return wellFormed(d.CommentID)
}

// wellFormed refuses an answer that is JSON but not winnow's.
func wellFormed(id string) error {
	if id == "" {
		return errors.New("it names no comment")
	}
	return nil
}

// Status is how a comment stands.
type Status struct {
	ID   string `json:"id"`
	Site string `json:"site"`
	// Revision is the newest.
	Revision int `json:"revision"`
	// Status is "queued" or "decided".
	Status     string    `json:"status"`
	ReceivedAt time.Time `json:"received_at"`
	// Decision is the current one, nil if there is none yet; History has all of them.
	Decision *models.Decision   `json:"decision"`
	History  []*models.Decision `json:"history"`
}

// Comment tells how a comment stands. The error is models.ErrNotFound if the site has
// no such comment.
func (c *Client) Comment(ctx context.Context, id string) (*Status, error) {
	var s Status
	err := c.ofComment(ctx, &request{doing: "look up comment", method: http.MethodGet}, id, "", func(a *answer) error {
		s = Status{}
		if err := json.Unmarshal(a.body, &s); err != nil {
			return err
		}
		return wellFormed(s.ID)
	})
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// Label tells what the blog's own administration decided: models.Ham approves,
// models.Spam rejects, and winnow learns it. It returns the decision that then stands.
// The same label again changes nothing.
func (c *Client) Label(ctx context.Context, id string, label models.Label) (*models.Decision, error) {
	body, err := json.Marshal(map[string]models.Label{"label": label})
	if err != nil {
		return nil, fmt.Errorf("label comment: %w", err)
	}
	var d models.Decision
	rq := &request{doing: "label comment", method: http.MethodPost, media: mediaJSON, body: body}
	err = c.ofComment(ctx, rq, id, "/label", func(a *answer) error {
		d = models.Decision{}
		if err := json.Unmarshal(a.body, &d); err != nil {
			return err
		}
		return wellFormed(d.CommentID)
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// Remove deletes a comment and its author's data from winnow, and keeps what was learnt
// from it. Again, it does nothing.
func (c *Client) Remove(ctx context.Context, id string) error {
	rq := &request{doing: "remove comment", method: http.MethodDelete}
	return c.ofComment(ctx, rq, id, "", func(*answer) error { return nil })
}

// Erase is Remove, and forgets what was learnt, too. The id is not taken again:
// submitting it is answered with ProblemErased.
func (c *Client) Erase(ctx context.Context, id string) error {
	rq := &request{doing: "erase comment", method: http.MethodDelete}
	return c.ofComment(ctx, rq, id, "?erase=true", func(*answer) error { return nil })
}

// ofComment makes a call about one comment.
func (c *Client) ofComment(ctx context.Context, rq *request, id, below string, read func(*answer) error) error {
	if id == "" {
		return fmt.Errorf("%s: the comment's id is empty: %w", rq.doing, models.ErrInvalid)
	}
	rq.path = "/v1/comments/" + escape(id) + below
	return c.call(ctx, rq, read)
}

// escape makes an id a path segment. Dots alone would be taken for steps up the path.
func escape(id string) string {
	switch id {
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	}
	return url.PathEscape(id)
}

// message makes the webhook-id of a request that is to be signed.
func (c *Client) message() string {
	if c.secret.IsZero() {
		return ""
	}
	return "msg_" + rand.Text()
}

// newID makes a UUIDv7 (RFC 9562, 5.7).
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(time.Now().UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
