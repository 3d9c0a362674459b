package openapitest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Check holds an exchange against the description, which knows every path under /v1. sent
// and got are the bodies of the request and of the answer.
func (d *Document) Check(r *http.Request, sent []byte, res *http.Response, got []byte) error {
	op, allowed := d.find(r.Method, r.URL.EscapedPath())
	var err error
	switch {
	case len(allowed) == 0 && !strings.HasPrefix(r.URL.EscapedPath()+"/", "/v1/"):
		// pages, and the interfaces of others that winnow speaks
	case len(allowed) == 0:
		err = d.answeredAs("NotFound", 404, r, res, got)
	case op == nil:
		err = errors.Join(d.answeredAs("MethodNotAllowed", 405, r, res, got), sameMethods(res.Header.Get("Allow"), allowed))
	default:
		err = d.answer(op, r, res, got)
		if err == nil && res.StatusCode < 300 {
			err = d.request(op, r, sent)
		}
	}
	if err != nil {
		return fmt.Errorf("%s %s, answered %d, is not as described: %w", r.Method, r.URL, res.StatusCode, err)
	}
	return nil
}

func sameMethods(allow string, want []string) error {
	got := strings.Split(allow, ", ")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("allowed are %q, described %q", got, want)
	}
	return nil
}

// answeredAs holds an answer that belongs to no operation against a component.
func (d *Document) answeredAs(component string, status int, r *http.Request, res *http.Response, body []byte) error {
	if res.StatusCode != status {
		return fmt.Errorf("should be answered %d", status)
	}
	return d.matchesResponse("#/components/responses/"+component, d.t.Components.Responses[component].Value, r, res, body)
}

func (d *Document) answer(op *operation, r *http.Request, res *http.Response, body []byte) error {
	status := strconv.Itoa(res.StatusCode)
	ref := op.Responses.Value(status)
	if ref == nil {
		return fmt.Errorf("the status is not described: %s", body)
	}
	pointer := ref.Ref
	if pointer == "" {
		pointer = op.pointer() + "/responses/" + status
	}
	return d.matchesResponse(pointer, ref.Value, r, res, body)
}

func (op *operation) pointer() string { return "#/paths/" + escape(op.path) + "/" + op.method }

func (d *Document) matchesResponse(pointer string, described *openapi3.Response, r *http.Request, res *http.Response, body []byte) error {
	for name, ref := range described.Headers {
		at := ref.Ref
		if at == "" {
			at = pointer + "/headers/" + escape(name)
		}
		value, sent := res.Header.Get(name), len(res.Header.Values(name)) > 0
		if !sent && ref.Value.Required {
			return fmt.Errorf("the header %s is missing", name)
		}
		if sent {
			if err := d.matches(at+"/schema", value); err != nil {
				return fmt.Errorf("header %s: %w", name, err)
			}
		}
	}
	mediaType := res.Header.Get("Content-Type")
	if len(described.Content) == 0 {
		if len(body) > 0 || mediaType != "" {
			return fmt.Errorf("a body of type %q is not described: %s", mediaType, body)
		}
		return nil
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if err := d.matchesBody(pointer, described.Content, mediaType, body); err != nil {
		return fmt.Errorf("body %s: %w", body, err)
	}
	return nil
}

// request holds a request that was answered with success against its description.
func (d *Document) request(op *operation, r *http.Request, body []byte) error {
	for i, ref := range op.Parameters {
		if err := d.parameter(ref, op.pointer()+"/parameters/"+strconv.Itoa(i), r); err != nil {
			return fmt.Errorf("parameter %s: %w", ref.Value.Name, err)
		}
	}
	if err := d.secured(op, r); err != nil {
		return err
	}
	if op.RequestBody == nil {
		return nil
	}
	pointer := op.pointer() + "/requestBody"
	if _, lines := op.RequestBody.Value.Content["application/x-ndjson"]; lines {
		return nil // each line is taken or refused by itself
	}
	if err := d.matchesBody(pointer, op.RequestBody.Value.Content, r.Header.Get("Content-Type"), body); err != nil {
		return fmt.Errorf("request body %s: %w", body, err)
	}
	return nil
}

func (d *Document) parameter(ref *openapi3.ParameterRef, pointer string, r *http.Request) error {
	if ref.Ref != "" {
		pointer = ref.Ref
	}
	p := ref.Value
	var values []string
	switch p.In {
	case openapi3.ParameterInPath: // it is there, for the path fits
		return nil
	case openapi3.ParameterInQuery:
		values = r.URL.Query()[p.Name]
	case openapi3.ParameterInHeader:
		values = r.Header.Values(p.Name)
	}
	if len(values) == 0 {
		if p.Required {
			return errors.New("is missing")
		}
		return nil
	}
	if values[0] == "" && p.AllowEmptyValue {
		return nil
	}
	var value any = values[0]
	if p.Schema.Value.Type.Is("integer") {
		n, err := strconv.Atoi(values[0])
		if err != nil {
			return err
		}
		value = n
	}
	return d.matches(pointer+"/schema", value)
}

// secured checks that one of the ways to prove who is asking was used.
func (d *Document) secured(op *operation, r *http.Request) error {
	ways := &d.t.Security
	if op.Security != nil {
		ways = op.Security
	}
	if len(*ways) == 0 {
		return nil
	}
	for _, way := range *ways {
		for name := range way {
			scheme := d.t.Components.SecuritySchemes[name].Value
			switch {
			case scheme.Type == "http" && r.Header.Get("Authorization") != "":
				return nil
			case scheme.Type == "apiKey" && scheme.In == "header" && r.Header.Get(scheme.Name) != "":
				return nil
			case scheme.Type == "apiKey" && scheme.In == "cookie":
				if _, err := r.Cookie(scheme.Name); err == nil {
					return nil
				}
			}
		}
	}
	return errors.New("nothing proves who is asking")
}

// CheckMessage holds a message that a callback got against the description of the
// webhook that its type names.
func (d *Document) CheckMessage(webhook string, header http.Header, body []byte) error {
	item := d.t.Webhooks[webhook]
	if item == nil || item.Post == nil {
		return fmt.Errorf("the webhook %q is not described", webhook)
	}
	r := &http.Request{Method: http.MethodPost, Header: header}
	op := &operation{Operation: item.Post}
	pointer := "#/webhooks/" + escape(webhook) + "/post"
	for i, ref := range op.Parameters {
		if err := d.parameter(ref, pointer+"/parameters/"+strconv.Itoa(i), r); err != nil {
			return fmt.Errorf("webhook %s: parameter %s: %w", webhook, ref.Value.Name, err)
		}
	}
	if err := d.secured(op, r); err != nil {
		return fmt.Errorf("webhook %s: %w", webhook, err)
	}
	err := d.matchesBody(pointer+"/requestBody", op.RequestBody.Value.Content, header.Get("Content-Type"), body)
	if err != nil {
		return fmt.Errorf("webhook %s: body %s: %w", webhook, body, err)
	}
	return nil
}
