package problem

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MediaType is the media type of a problem details object in JSON.
const MediaType = "application/problem+json"

// JSON is the problem as one JSON object. Text that is not UTF-8 is repaired, and
// extension members that cannot be marshalled are left out.
func (p *Problem) JSON() []byte {
	b, err := marshal(p)
	if err != nil {
		bare := *p
		bare.Extensions = nil
		b, _ = marshal(&bare)
	}
	return b
}

func marshal(p *Problem) ([]byte, error) {
	return json.Marshal(p, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

// Write answers a request with the problem. Headers of the problem replace those
// already set. It must be called before anything else was written.
func Write(w http.ResponseWriter, p *Problem) {
	body := p.JSON()
	h := w.Header()
	h.Del("Content-Encoding")
	for name, values := range p.Header {
		h[name] = values
	}
	h.Set("Content-Type", MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
}
