package models

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Fingerprint tells bodies apart: two comments have the same one if they are equal
// in every field but SubmittedAt, Meta and Author.UserAgent, which may differ
// between two tries of one submission. Times count as UTC milliseconds.
//
// It is the first 16 bytes of the SHA-256 of all other fields in order of
// declaration: a string is its length as an unsigned varint and its bytes; a time
// is one byte that tells whether it is set and, if so, its 8 bytes of Unix
// milliseconds; the form's elapsed time likewise; a bool is one byte. It is stored:
// a change of it makes every retry that spans an upgrade a new revision.
func Fingerprint(c *Comment) [16]byte {
	b := make([]byte, 0, 1024)
	b = addString(b, c.ID)
	b = addString(b, c.Type)
	b = addString(b, c.Content)
	b = addString(b, string(c.ContentType))
	b = addTime(b, c.EditedAt)
	b = addString(b, c.ParentID)
	b = addString(b, c.Language)
	b = addString(b, c.Referrer)
	b = addString(b, c.Post.ID)
	b = addString(b, c.Post.URL)
	b = addString(b, c.Post.Title)
	b = addTime(b, c.Post.PublishedAt)
	b = addString(b, c.Author.ID)
	b = addString(b, c.Author.Name)
	b = addString(b, c.Author.Email)
	b = addString(b, c.Author.URL)
	b = addString(b, c.Author.IP)
	b = addString(b, c.Author.Role)
	b = addBool(b, c.Author.LoggedIn)
	b = addString(b, c.Form.Honeypot)
	b = addBool(b, c.Form.ElapsedMS != nil)
	if c.Form.ElapsedMS != nil {
		b = binary.BigEndian.AppendUint64(b, uint64(*c.Form.ElapsedMS))
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:])
}

func addString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func addTime(b []byte, t time.Time) []byte {
	b = addBool(b, !t.IsZero())
	if t.IsZero() {
		return b
	}
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMilli()))
}

func addBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
