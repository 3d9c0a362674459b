package intake

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
	"github.com/winnowd/winnow/signature"
)

const (
	// headerSite names the site that a signed message is from.
	headerSite = "Winnow-Site"
	// ourIDs begins the ids of the messages that winnow itself sends.
	ourIDs = "wn_"
)

// sender is who submits: a site that showed its key, or one that is merely named until
// the signature of the body has proven it.
type sender struct {
	site    *models.Site
	name    string   // of a site that is yet to be proven
	message *message // of a site that was proven by a signature
}

// sender finds out who submits. A key goes before a signature.
func (h *Handler) sender(r *http.Request) (sender, *problem.Problem) {
	if len(r.Header["Authorization"]) > 0 || !signed(r.Header) {
		site, p := h.authenticate(r)
		return sender{site: site}, p
	}
	names := r.Header[headerSite]
	if len(names) != 1 || names[0] == "" {
		return sender{}, unauthorized("name the site whose secret signed the message in one header "+headerSite, challenge)
	}
	return sender{name: names[0]}, nil
}

func signed(header http.Header) bool {
	return len(header[signature.HeaderSignature]) > 0 || len(header[signature.HeaderID]) > 0 || len(header[headerSite]) > 0
}

// read reads a request's body for n comments once the sender is known and may submit
// them. One with a signature is known only after its body.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, from *sender, body *bytes.Buffer, limit int64, n int) *problem.Problem {
	if r.ContentLength > limit {
		return tooLarge("the body", limit)
	}
	if from.site != nil {
		if p := h.admit(r, from.site, n); p != nil {
			return p
		}
		return readBody(w, r, body, limit)
	}
	if p := h.readUnproven(w, r, from, body, limit); p != nil {
		return p
	}
	return h.admit(r, from.site, n)
}

// readUnproven reads the body of a named sender and verifies its signature.
func (h *Handler) readUnproven(w http.ResponseWriter, r *http.Request, from *sender, body *bytes.Buffer, limit int64) *problem.Problem {
	u := &unproven{ReadCloser: r.Body, from: &h.unproven}
	defer u.release()
	r.Body = u
	if p := readBody(w, r, body, limit); p != nil {
		return p
	}
	return h.prove(r, from, body.Bytes())
}

// admit asks whether a site may submit n comments now; 0 if it is not known yet.
func (h *Handler) admit(r *http.Request, site *models.Site, n int) *problem.Problem {
	err := h.opts.Gate.Admit(site)
	if err == nil {
		err = h.rates.take(site.ID, n)
	}
	if err != nil {
		return h.failed(r, "admit comment", err)
	}
	return nil
}

// prove verifies the signature of a named sender. Who does not know a site's secret
// does not learn whether there is such a site.
func (h *Handler) prove(r *http.Request, from *sender, body []byte) *problem.Problem {
	site, secrets := h.secrets(from.name)
	id, err := signature.Verify(secrets, r.Header, body, h.opts.Now())
	switch {
	case errors.Is(err, signature.ErrSignature):
		return unauthorized("the signature fits no secret of the site that "+headerSite+" names", challenge)
	case err != nil:
		return unauthorized(err.Error(), challenge)
	case strings.HasPrefix(id, ourIDs):
		return unauthorized("a webhook-id that begins with "+ourIDs+" is one of winnow's own messages, sent back", challenge)
	}
	if p := enabled(site); p != nil {
		return p
	}
	from.site, from.message = site, &message{site: site.Name, id: id}
	return nil
}

// secrets gives a site and the secrets that it may sign with now.
func (h *Handler) secrets(name string) (*models.Site, []signature.Secret) {
	site := h.opts.Sites.ByName(name)
	if site == nil {
		return nil, nil
	}
	var good []signature.Secret
	for _, text := range h.opts.Sites.Secrets(site.ID) {
		if secret, err := signature.ParseSecret(text); err == nil {
			good = append(good, secret)
		}
	}
	return site, good
}

// message is a signed message, or the line of one that is a batch.
type message struct {
	site, id string
	line     int // 0 for a message that is no batch
}

// atLine is the message that the line of a batch counts as; nil if it is not signed.
func (m *message) atLine(number int) *message {
	if m == nil {
		return nil
	}
	return &message{m.site, m.id, number}
}

// key is what a replay of the message has, too.
func (m *message) key() []byte {
	sum := sha256.Sum256(m.name())
	return sum[:16]
}

// commentID is the id of a comment that came without one. It is the same on a replay,
// so that the comment is, too: a UUIDv8 (RFC 9562, 5.8) of the SHA-256 of the message.
func (m *message) commentID() string {
	return uuid.NewHash(sha256.New(), uuid.Nil, m.name(), 8).String()
}

func (m *message) name() []byte {
	b := append([]byte(m.site), 0)
	b = strconv.AppendInt(b, int64(m.line), 10)
	return append(append(b, 0), m.id...)
}
