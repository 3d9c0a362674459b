package server

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// lingerFrom is how long a body net/http reads to its end by itself, when a handler has
	// answered without doing so, in bytes. Behind a longer one it closes the connection.
	lingerFrom = 256 << 10
	// lingerBytes and lingerTime bound what is read of a body that was refused.
	lingerBytes = 64 << 20
	lingerTime  = 5 * time.Second
)

// linger has clients learn why a long body was refused. Many write all of it before they
// read; were the connection closed meanwhile, they would see it break and no answer. So
// the answer goes out at once, what still comes is read and dropped, within bounds, and
// only then is the connection closed. Who expects 100 Continue is just answered.
type linger struct {
	next  http.Handler
	bytes int64
	time  time.Duration
}

func (l linger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength >= 0 && r.ContentLength <= lingerFrom {
		l.next.ServeHTTP(w, r)
		return
	}
	control := http.NewResponseController(w)
	if err := control.EnableFullDuplex(); err != nil { // HTTP/2 has it anyway
		l.next.ServeHTTP(w, r)
		return
	}
	body := &watchedBody{ReadCloser: r.Body}
	watched := r.WithContext(r.Context()) // net/http looks at the body of its own
	watched.Body = body
	l.next.ServeHTTP(&hastyWriter{ResponseWriter: w, body: body}, watched)
	if body.end != nil || r.Header.Get("Expect") != "" && !body.begun || control.Flush() != nil {
		return
	}
	if control.SetReadDeadline(time.Now().Add(l.time)) == nil {
		_, _ = io.CopyN(io.Discard, r.Body, l.bytes) // the answer is out, whatever comes
	}
}

// watchedBody tells how far a body was read.
type watchedBody struct {
	io.ReadCloser
	begun bool
	end   error // io.EOF, or why no more can be read
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.begun = true; err != nil {
		b.end = err
	}
	return n, err
}

// hastyWriter announces the end of the connection with an answer that goes out before the
// request was read to its end.
type hastyWriter struct {
	http.ResponseWriter
	body  *watchedBody
	wrote bool
}

func (w *hastyWriter) WriteHeader(status int) {
	if !w.wrote && !errors.Is(w.body.end, io.EOF) && status >= 200 {
		w.Header().Set("Connection", "close")
	}
	w.wrote = w.wrote || status >= 200
	w.ResponseWriter.WriteHeader(status)
}

func (w *hastyWriter) Write(b []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *hastyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
