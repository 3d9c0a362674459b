package daemon

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// An upper bound of 0 once stood for none: who asked for nothing decided everything.
func TestAnUpperBoundOfTheScoreIsNeverTakenForNone(t *testing.T) {
	i := twoSites(t)
	ann := i.visitor(t, "ann@example.com", models.RoleModerator)
	token := i.token(t, "program@example.com", models.RoleModerator)
	if status, body, _ := ann.ask("GET", "/held?max_score=0", nil); status != http.StatusBadRequest {
		t.Errorf("the page: %d", status)
	} else {
		has(t, body, "must be over 0", "!/comments/default/secret")
	}
	if status, body, _ := ann.ask("POST", "/bulk", url.Values{"all": {"1"}, "query": {"max_score=0"}, "verdict": {"spam"}}); status != http.StatusBadRequest {
		t.Errorf("the page, all that match: %d %s", status, body)
	}
	for path, body := range map[string]string{
		"GET /v1/moderation/held?max_score=0":   "",
		"GET /v1/moderation/held?max_score=0.0": "",
		"POST /v1/moderation/bulk":              `{"action":"reject","query":"max_score=0"}`,
	} {
		method, path, _ := strings.Cut(path, " ")
		if status, answer := i.as(t, method, path, body, "Authorization", "Bearer "+token); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
			t.Errorf("%s %s: %d %s", method, path, status, answer)
		}
	}
	if got := i.decisions(t, "secret"); got != 1 {
		t.Errorf("the comment was decided %d times", got)
	}
}
