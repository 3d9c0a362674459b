package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"

	"github.com/winnowd/winnow/models"
)

const (
	// MinKeyBytes is the length of the shortest key.
	MinKeyBytes = 32
	// Size is the length of the keys that a Keyer makes, in bytes.
	Size = 16
)

// Kinds of keys. A kind ends in a zero byte, so that none is the beginning of another.
const (
	kindAuthor = "author\x00"
	kindEmail  = "email\x00"
	kindIP     = "ip\x00"
)

// Keyer makes keys. It may be used by any number of goroutines.
type Keyer struct {
	states sync.Pool
}

// state is what making a key needs: a keyed hash, and place for input and output.
type state struct {
	mac   hash.Hash
	input []byte
	sum   []byte
}

// New gives a Keyer with a secret key of at least MinKeyBytes bytes, which should be
// random. It keeps a copy of the key.
func New(key []byte) (*Keyer, error) {
	if len(key) < MinKeyBytes {
		return nil, fmt.Errorf("identity key has %d bytes: at least %d are needed", len(key), MinKeyBytes)
	}
	secret := append([]byte(nil), key...)
	k := &Keyer{}
	k.states.New = func() any {
		return &state{mac: hmac.New(sha256.New, secret), sum: make([]byte, 0, sha256.Size)}
	}
	return k, nil
}

// Keys gives the keys of a comment that was submitted to the named site. Person is
// the account of a logged-in author, which means something at that site only, or
// else the same as Email. A key is nil, and Text is 0, where there is nothing to
// recognise. The keys are not to be changed.
func (k *Keyer) Keys(site string, c *models.Comment) models.Keys {
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	room := make([]byte, 0, 3*Size)
	keys := models.Keys{Text: Text(c.Content)}
	if email := normalEmail(c.Author.Email); email != "" {
		keys.Email, room = s.key(room, kindEmail, email)
	}
	if ip := normalIP(c.Author.IP); ip.IsValid() {
		keys.IP, room = s.ipKey(room, ip)
	}
	keys.Person = keys.Email
	if c.Author.LoggedIn && c.Author.ID != "" {
		keys.Person, _ = s.key(room, kindAuthor, site, "\x00", c.Author.ID)
	}
	return keys
}

// EmailKey gives the key of an e-mail address, nil if it is none. Addresses that as a
// rule reach the same person have the same key: case, a "+tag", and at Gmail the dots
// make no difference, and an international domain is the same in both its forms.
func (k *Keyer) EmailKey(email string) []byte {
	email = normalEmail(email)
	if email == "" {
		return nil
	}
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	key, _ := s.key(make([]byte, 0, Size), kindEmail, email)
	return key
}

// AuthorKey gives the key of an account at the named site, nil for an empty id.
func (k *Keyer) AuthorKey(site, id string) []byte {
	if id == "" {
		return nil
	}
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	key, _ := s.key(make([]byte, 0, Size), kindAuthor, site, "\x00", id)
	return key
}

// IPKey gives the key of an IP address: of the whole of an IPv4 address, of the
// first 64 bits of an IPv6 one. It is nil for what is no address and for addresses
// that do not tell one visitor from another: loopback, private and shared ones,
// and those whose end was made zero to hide it.
func (k *Keyer) IPKey(ip string) []byte {
	addr := normalIP(ip)
	if !addr.IsValid() {
		return nil
	}
	s := k.states.Get().(*state)
	defer k.states.Put(s)
	key, _ := s.ipKey(make([]byte, 0, Size), addr)
	return key
}

// key makes the key of the parts, taken together, at the end of room.
func (s *state) key(room []byte, kind string, parts ...string) (key, rest []byte) {
	s.input = append(s.input[:0], kind...)
	for _, part := range parts {
		s.input = append(s.input, part...)
	}
	return s.finish(room)
}

// finish makes the key of the input at the end of room.
func (s *state) finish(room []byte) (key, rest []byte) {
	s.mac.Reset()
	s.mac.Write(s.input)
	s.sum = s.mac.Sum(s.sum[:0])
	from := len(room)
	room = append(room, s.sum[:Size]...)
	return room[from:len(room):len(room)], room
}
