package intake_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestALabelIsPassedOnAndItsDecisionHandedBack(t *testing.T) {
	d := serve(t)
	d.submit(`{"id":"a/b","meta":{"x":1}}`)
	a := d.do(http.MethodPost, "/v1/comments/a%2Fb/label", ` {"note": [1], "label": "\u0073pam"} `)
	if a.status != 200 || a.header.Get("Content-Type") != "application/json" || !strings.Contains(a.body, `"comment_id":"a/b"`) ||
		!strings.Contains(a.body, `"action":"reject"`) || !strings.Contains(a.body, `"meta":{"x":1}`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	want := models.Labelling{Site: allSites[key], CommentID: "a/b", Label: models.Spam, Origin: models.OriginSite, Actor: models.SiteAdmin}
	if len(d.labelled) != 1 || d.labelled[0] != want {
		t.Errorf("labelled %+v", d.labelled)
	}
	d.submit(`{"id":"batch"}`)
	if a := d.do(http.MethodPost, "/v1/comments/batch/label", `{"label":"ham"}`); a.status != 200 || !strings.Contains(a.body, `"approve"`) {
		t.Errorf("a comment called batch: got %d %s", a.status, a.body)
	}
}

func TestBadLabelsAreRefused(t *testing.T) {
	tests := map[string]struct {
		body   string
		status int
		kind   string
		at     string
	}{
		"empty":                {``, 400, "unreadable", ""},
		"text":                 {`ham`, 400, "unreadable", ""},
		"string":               {`"ham"`, 400, "unreadable", ""},
		"null":                 {`null`, 400, "unreadable", ""},
		"array":                {`["ham"]`, 400, "unreadable", ""},
		"two values":           {`{"label":"ham"}{}`, 400, "unreadable", ""},
		"member twice":         {`{"label":"ham","label":"ham"}`, 400, "unreadable", "/label"},
		"member twice, deeper": {`{"label":"ham","x":{"a":1,"a":2}}`, 400, "unreadable", "/x/a"},
		"invalid UTF-8":        {"{\"label\":\"ham\",\"x\":\"\xff\"}", 400, "unreadable", "/x"},
		"no label":             {`{}`, 422, "invalid", "/label"},
		"another case":         {`{"Label":"ham"}`, 422, "invalid", "/label"},
		"label null":           {`{"label":null}`, 422, "invalid", "/label"},
		"label number":         {`{"label":1}`, 422, "invalid", "/label"},
		"label true":           {`{"label":true}`, 422, "invalid", "/label"},
		"label array":          {`{"label":["ham"]}`, 422, "invalid", "/label"},
		"label in capitals":    {`{"label":"HAM"}`, 422, "invalid", "/label"},
		"label empty":          {`{"label":""}`, 422, "invalid", "/label"},
		"label unknown":        {`{"label":"none"}`, 422, "invalid", "/label"},
		"NUL elsewhere":        {`{"label":"ham","x":"\u0000"}`, 422, "invalid", "/x"},
		"too large":            {`{"label":"ham","x":"` + strings.Repeat("x", 256<<10) + `"}`, 413, "too-large", ""},
	}
	d := serve(t)
	d.submit(`{"id":"a"}`)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := checkProblem(t, d.do(http.MethodPost, "/v1/comments/a/label", tt.body), tt.status, tt.kind)
			at := ""
			if len(p.Errors) > 0 {
				at = p.Errors[0].Pointer
			}
			if at != tt.at {
				t.Errorf("fault at %q, want %q: %+v", at, tt.at, p)
			}
		})
	}
	checkProblem(t, d.do(http.MethodPost, "/v1/comments/a/label", `{"label":"ham"}`, "Content-Type: text/plain"), 415, "unsupported-media-type")
	checkProblem(t, d.do(http.MethodPost, "/v1/comments/a/label", `{"label":"ham"}`, "Authorization: "), 401, "unauthorized")
	checkProblem(t, d.do(http.MethodPost, "/v1/comments/none/label", `{"label":"ham"}`), 404, "not-found")
	checkProblem(t, d.do(http.MethodPost, "/v1/comments/%00/label", `{"label":"ham"}`), 404, "not-found")
	if len(d.labelled) != 1 {
		t.Errorf("%d labels passed on, want the one of the comment that is not there", len(d.labelled))
	}
}

func TestACommentIsRemovedOrErased(t *testing.T) {
	d := serve(t)
	for _, path := range []string{"/v1/comments/a%2Fb", "/v1/comments/c?erase=true", "/v1/comments/d?erase=false&x=1", "/v1/comments/batch"} {
		if a := d.do(http.MethodDelete, path, ""); a.status != http.StatusNoContent || a.body != "" || a.header.Get("Content-Type") != "" {
			t.Errorf("%s: got %d %v %s", path, a.status, a.header, a.body)
		}
	}
	if want := []string{"remove 1/a/b", "erase by site 1/c", "remove 1/d", "remove 1/batch"}; !slices.Equal(d.removed, want) {
		t.Errorf("did %q, want %q", d.removed, want)
	}
	for path, status := range map[string]int{
		"/v1/comments/a?erase=1": 400, "/v1/comments/a?erase": 400, "/v1/comments/a?erase=true&erase=true": 400, "/v1/comments/a?%zz": 400,
		"/v1/comments/%00": 404, "/v1/comments/" + strings.Repeat("x", 201): 404,
	} {
		checkProblem(t, d.do(http.MethodDelete, path, ""), status, map[int]string{400: "bad-request", 404: "not-found"}[status])
	}
	checkProblem(t, d.do(http.MethodDelete, "/v1/comments/a", "", "Authorization: "), 401, "unauthorized")
}

func TestWhatPeopleCannotDoIsTold(t *testing.T) {
	d := serve(t)
	for name, tt := range map[string]struct {
		err    error
		status int
		kind   string
	}{
		"unknown":     {models.ErrNotFound, 404, "not-found"},
		"conflict":    {models.ErrConflict, 409, "conflict"},
		"unavailable": {models.ErrUnavailable, 503, "unavailable"},
		"broken":      {errors.New("secret words"), 500, "internal"},
	} {
		d.people = tt.err
		for _, a := range []answer{
			d.do(http.MethodPost, "/v1/comments/a/label", `{"label":"ham"}`), d.do(http.MethodDelete, "/v1/comments/a", ""),
			d.do(http.MethodDelete, "/v1/comments/a?erase=true", ""),
		} {
			checkProblem(t, a, tt.status, tt.kind)
			if strings.Contains(a.body, "secret") {
				t.Errorf("%s: %s", name, a.body)
			}
		}
	}
}
