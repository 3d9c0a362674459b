package openapi_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/winnowd/winnow/desk"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/openapi"
	"github.com/winnowd/winnow/openapi/openapitest"
	"github.com/winnowd/winnow/problem"
	"github.com/winnowd/winnow/server"
)

// doors are what the handlers say of themselves.
func doors() map[string][]int {
	routes := make(map[string][]int)
	for _, r := range intake.Routes() {
		routes[r.Method+" "+r.Pattern] = r.Codes
	}
	for _, r := range desk.Routes() {
		routes[r.Method+" "+r.Pattern] = r.Codes
	}
	for _, r := range server.Routes() {
		routes[r.Method+" "+r.Pattern] = r.Codes
	}
	return routes
}

func TestDescriptionAndHandlersAgree(t *testing.T) {
	d, err := openapitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	described, handled := d.Routes(), doors()
	for route, codes := range handled {
		if got, ok := described[route]; !ok {
			t.Errorf("%s is answered but not described", route)
		} else if !slices.Equal(got, codes) {
			t.Errorf("%s is answered with %v and described with %v", route, codes, got)
		}
	}
	for route := range described {
		if _, ok := handled[route]; !ok {
			t.Errorf("%s is described but not answered", route)
		}
	}
}

func TestEveryKindOfProblemIsDescribed(t *testing.T) {
	text, err := openapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	described := make(map[string]bool)
	for _, m := range regexp.MustCompile(`"(urn:winnow:problem:[a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		described[m[1]] = true
	}
	for _, k := range problem.Kinds() {
		if !described[k.Type()] {
			t.Errorf("%s is not described", k.Type())
		}
		delete(described, k.Type())
	}
	for name := range described {
		t.Errorf("%s is described and does not exist", name)
	}
}
