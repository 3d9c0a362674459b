package openapitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/winnowd/winnow/openapi"
)

// Document is the description, ready to hold exchanges against it. It may be used by any
// number of goroutines.
type Document struct {
	t *openapi3.T

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer
}

var load = sync.OnceValues(read)

// Load reads and checks the description, once. The error tells of a fault in it.
func Load() (*Document, error) { return load() }

const resource = "openapi.json"

func read() (*Document, error) {
	text, err := openapi.Document()
	if err != nil {
		return nil, err
	}
	t, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("load API description: %w", err)
	}
	if err := t.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("API description: %w", err)
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("load API description: %w", err)
	}
	seal(root)
	d := &Document{t: t, compiler: jsonschema.NewCompiler(), schemas: make(map[string]*jsonschema.Schema)}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	return d, d.compiler.AddResource(resource, root)
}

// seal refuses the members that an object's schema does not name, unless it says what
// becomes of them.
func seal(node any) {
	switch node := node.(type) {
	case map[string]any:
		_, names := node["properties"]
		if _, open := node["additionalProperties"]; names && !open && isObject(node["type"]) {
			node["additionalProperties"] = false
		}
		for _, below := range node {
			seal(below)
		}
	case []any:
		for _, below := range node {
			seal(below)
		}
	}
}

func isObject(kind any) bool {
	list, _ := kind.([]any)
	return kind == "object" || slices.Contains(list, "object")
}

// Routes lists the paths and methods that are described, and the statuses of each.
func (d *Document) Routes() map[string][]int {
	routes := make(map[string][]int)
	for path, item := range d.t.Paths.Map() {
		for method, op := range item.Operations() {
			var codes []int
			for status := range op.Responses.Map() {
				code := 0
				if _, err := fmt.Sscan(status, &code); err == nil {
					codes = append(codes, code)
				}
			}
			slices.Sort(codes)
			routes[method+" "+path] = codes
		}
	}
	return routes
}

// operation is one that fits a request's path.
type operation struct {
	path, method string
	item         *openapi3.PathItem
	*openapi3.Operation
}

// find finds the operation of a request; allowed are the methods of its path, none if
// there is no such path.
func (d *Document) find(method, escapedPath string) (op *operation, allowed []string) {
	paths := d.t.Paths.InMatchingOrder()
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, "{") - strings.Count(b, "{") })
	for _, path := range paths {
		if !fits(path, escapedPath) {
			continue
		}
		item := d.t.Paths.Value(path)
		for m, o := range item.Operations() {
			allowed = append(allowed, m)
			if m == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
			if op == nil && (m == method || m == http.MethodGet && method == http.MethodHead) {
				op = &operation{path: path, method: strings.ToLower(m), item: item, Operation: o}
			}
		}
	}
	slices.Sort(allowed)
	return op, slices.Compact(allowed)
}

// fits tells whether a path is one of a template.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		if strings.HasPrefix(segment, "{") {
			if got[i] == "" || got[i] == "." || got[i] == ".." {
				return false
			}
		} else if segment != got[i] {
			return false
		}
	}
	return true
}

// schema compiles the schema at a JSON pointer of the document.
func (d *Document) schema(pointer string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[pointer]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(resource + pointer)
	if err == nil {
		d.schemas[pointer] = s
	}
	return s, err
}

// matches holds a value against the schema at a pointer.
func (d *Document) matches(pointer string, value any) error {
	s, err := d.schema(pointer)
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// matchesBody holds a body against what is described for its media type at a pointer.
func (d *Document) matchesBody(pointer string, content openapi3.Content, mediaType string, body []byte) error {
	name, _, _ := strings.Cut(mediaType, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	media := content[name]
	if media == nil {
		return fmt.Errorf("the media type %q is not described", mediaType)
	}
	pointer += "/content/" + escape(name)
	if _, lines := media.Extensions["x-line-schema"]; lines {
		return d.matchesLines(pointer+"/x-line-schema", body)
	}
	if !strings.HasSuffix(name, "json") {
		return d.matches(pointer+"/schema", string(body))
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return d.matches(pointer+"/schema", value)
}

// matchesLines passes over lines that were refused alone.
func (d *Document) matchesLines(pointer string, body []byte) error {
	var errs []error
	for n, line := range bytes.Split(body, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err == nil {
			err = d.matches(pointer, value)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
	return errors.Join(errs...)
}

func escape(token string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
