package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

const (
	// defaultBody is the largest message that is read, in bytes.
	defaultBody = 1 << 20
	// bodyTime is how long a message's body may take to come.
	bodyTime = 15 * time.Second
)

// TypeDecided is the type of a message that tells a decision.
const TypeDecided = "comment.decided"

// Delivery is one message from winnow whose signature was right.
type Delivery struct {
	// ID is the message's webhook-id. It is the same on every retry.
	ID string
	// Type is TypeDecided for decisions.
	Type string
	// Timestamp is when what it tells happened.
	Timestamp time.Time
	// Decision is what was decided; nil in messages of other types.
	Decision *models.Decision
}

// ReceiverOptions say what a Receiver takes. Secrets and Handle are needed.
type ReceiverOptions struct {
	// Secrets are the site's webhook secrets, "whsec_...": after a rotation the old one
	// and the new one.
	Secrets []string
	// Handle carries a decision out: it publishes the comment, or hides it. The message
	// counts as delivered only when Handle returned nil; after an error winnow delivers
	// it again, later and later, for three days. ctx ends when winnow has gone,
	// which is after 15 s at the latest: longer work belongs into the blog's own queue.
	//
	// A message can come twice. Decisions of one comment come in order of
	// Decision.Sequence, so that whoever stores the newest one passes over the others.
	Handle func(ctx context.Context, d *models.Decision) error
	// Remember is how many messages, the newest, are kept in mind so that a repetition is
	// answered without calling Handle again; 0 is none. It is forgotten with the process.
	Remember int
	// MaxBody is the size of the largest message, in bytes; 1 MiB if 0.
	MaxBody int64
	// Logger is told of messages that are refused and of errors of Handle; none if nil.
	Logger *slog.Logger
	// Now is the clock by which messages are too old, time.Now if nil.
	Now func() time.Time
}

// Receiver is the http.Handler of a callback. It answers 204 when a message was dealt
// with, 400, 401, 405 or 413 when it is not one of winnow's or too large, and 500 when
// Handle failed. Messages more than five minutes old or ahead (signature.Tolerance) are
// refused, which bounds replays. Test messages and types that it does not know are
// answered 204.
type Receiver struct {
	o       ReceiverOptions
	secrets []signature.Secret
	seen    *memory
	log     *slog.Logger
}

// NewReceiver makes a receiver. The error says which option makes no sense.
func NewReceiver(o ReceiverOptions) (*Receiver, error) {
	r := &Receiver{o: o, log: o.Logger, seen: newMemory(o.Remember)}
	if len(o.Secrets) == 0 || o.Handle == nil {
		return nil, fmt.Errorf("receiver: Secrets and Handle are needed: %w", models.ErrInvalid)
	}
	for _, text := range o.Secrets {
		secret, err := signature.ParseSecret(text)
		if err != nil {
			return nil, fmt.Errorf("receiver: %w: %w", err, models.ErrInvalid)
		}
		r.secrets = append(r.secrets, secret)
	}
	if r.o.MaxBody <= 0 {
		r.o.MaxBody = defaultBody
	}
	if r.o.Now == nil {
		r.o.Now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r, nil
}

// ServeHTTP receives one message.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	status, err := r.receive(w, req)
	if err == nil {
		w.WriteHeader(status)
		return
	}
	r.log.Warn("a message to the callback was not taken", "error", err, "status", status, "from", req.RemoteAddr)
	// The sender learns no more than the status: errors of Handle are the blog's own.
	http.Error(w, http.StatusText(status), status)
}

func (r *Receiver) receive(w http.ResponseWriter, req *http.Request) (status int, err error) {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, fmt.Errorf("the method is %s, not POST", req.Method)
	}
	// A writer that knows no deadlines needs none.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, r.o.MaxBody))
	if err != nil {
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return http.StatusRequestEntityTooLarge, fmt.Errorf("the body is over %d bytes", over.Limit)
		}
		return http.StatusBadRequest, fmt.Errorf("read body: %w", err)
	}
	d, err := r.Verify(req.Header, body)
	switch {
	case errors.Is(err, models.ErrInvalid):
		return http.StatusBadRequest, err
	case err != nil:
		return http.StatusUnauthorized, err
	case d.Decision == nil || r.seen.has(d.ID):
		return http.StatusNoContent, nil
	}
	if err := r.o.Handle(req.Context(), d.Decision); err != nil {
		return http.StatusInternalServerError, fmt.Errorf("carry out decision %s of comment %q: %w", d.ID, d.Decision.CommentID, err)
	}
	r.seen.add(d.ID)
	return http.StatusNoContent, nil
}

// Verify checks the signature of a message that came by other ways than ServeHTTP, and
// reads it. The error is signature.ErrMalformed, ErrTimestamp or ErrSignature if the
// message must not be believed, and models.ErrInvalid if it was signed rightly but
// cannot be read.
func (r *Receiver) Verify(header http.Header, body []byte) (*Delivery, error) {
	id, err := signature.Verify(r.secrets, header, body, r.o.Now())
	if err != nil {
		return nil, err
	}
	var m struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("message %s: %w: %w", id, err, models.ErrInvalid)
	}
	d := &Delivery{ID: id, Type: m.Type, Timestamp: m.Timestamp}
	if m.Type != TypeDecided {
		return d, nil
	}
	d.Decision = &models.Decision{}
	if err := json.Unmarshal(m.Data, d.Decision); err != nil {
		return nil, fmt.Errorf("decision %s: %w: %w", id, err, models.ErrInvalid)
	}
	if d.Decision.CommentID == "" {
		return nil, fmt.Errorf("decision %s names no comment: %w", id, models.ErrInvalid)
	}
	return d, nil
}
