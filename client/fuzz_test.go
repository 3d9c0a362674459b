package client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

// answering is a transport that always gives one answer.
type answering struct {
	status int
	header http.Header
	body   []byte
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: a.header, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// FuzzAnswer lets a client read whatever a server may answer: it either fails or gives
// something of use.
func FuzzAnswer(f *testing.F) {
	f.Add(202, "application/json", "", []byte(accepted))
	f.Add(200, "application/json", "", []byte(`{"id":"wn_1","comment_id":"c-1","site":"blog","revision":1,"decided_at":"2026-03-01T10:00:00Z"}`))
	f.Add(200, "application/json", "", []byte(`{"decisions":[{"comment_id":"c-1"}],"cursor":"a.1"}`))
	f.Add(200, "application/x-ndjson", "", []byte(`{"line":1,"status":202,"id":"c-1","revision":1}`))
	f.Add(503, "application/problem+json", "5", []byte(`{"type":"urn:winnow:problem:unavailable","errors":[{"pointer":"","detail":""}]}`))
	f.Add(429, "text/html", "Fri, 31 Dec 1999 23:59:59 GMT", []byte(`<html>`))
	f.Add(409, "application/problem+json", "", []byte(`{"type":"urn:winnow:problem:cursor-epoch","cursor":"b.1"}`))
	f.Fuzz(func(t *testing.T, status int, media, retry string, body []byte) {
		if status < 200 || status > 599 {
			return // not a final status
		}
		header := http.Header{"Content-Type": {media}, "Retry-After": {retry}}
		c, err := client.New(client.Options{
			URL: "http://winnow.example", Key: "wk_x", Attempts: 1,
			HTTP: &http.Client{Transport: answering{status, header, body}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		if r, err := c.Submit(ctx, comment("c-1", "Hello")); (err == nil) != (r != nil && r.ID != "") {
			t.Errorf("submit: %+v, %v", r, err)
		}
		if results, err := c.Batch(ctx, []*models.Comment{comment("c-1", "Hello")}); (err == nil) != (len(results) == 1) {
			t.Errorf("batch: %+v, %v", results, err)
		}
		if d, err := c.Label(ctx, "c-1", models.Ham); (err == nil) != (d != nil && d.CommentID != "") {
			t.Errorf("label: %+v, %v", d, err)
		}
		if s, err := c.Comment(ctx, "c-1"); (err == nil) != (s != nil && s.ID != "") {
			t.Errorf("look up: %+v, %v", s, err)
		}
	})
}

// FuzzMessage lets a receiver read whatever a site's secret may have signed.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(decided))
	f.Add([]byte(`{"type":"ping","timestamp":"2026-03-01T10:00:00Z","data":{"site":"blog"}}`))
	f.Add([]byte(`{"type":"comment.decided","data":null}`))
	f.Add([]byte("\xff"))
	r, err := client.NewReceiver(client.ReceiverOptions{
		Secrets: []string{newSecret},
		Handle:  func(context.Context, *models.Decision) error { return nil },
	})
	if err != nil {
		f.Fatal(err)
	}
	secret, err := signature.ParseSecret(newSecret)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h := http.Header{}
		signature.SetHeader(h, []signature.Secret{secret}, "wn_1", time.Now(), body)
		d, err := r.Verify(h, body)
		if (err == nil) != (d != nil) {
			t.Fatalf("%+v, %v", d, err)
		}
		if d != nil && (d.Decision != nil) != (d.Type == client.TypeDecided && d.Decision.CommentID != "") {
			t.Errorf("%+v", d)
		}
	})
}
