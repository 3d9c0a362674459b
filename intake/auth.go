package intake

import (
	"net/http"
	"strings"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

const (
	challenge = `Bearer realm="winnow"`
	keyPrefix = "wk_"
)

// authenticate finds the site whose Bearer key (RFC 6750) the request carries.
func (h *Handler) authenticate(r *http.Request) (*models.Site, *problem.Problem) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return nil, unauthorized("send the site's key as Authorization: Bearer wk_...", challenge)
	}
	key, ok := bearer(values)
	if !ok {
		return nil, unauthorized("the Authorization header must be one, of the form: Bearer wk_...", challenge)
	}
	var site *models.Site
	if ok = strings.HasPrefix(key, keyPrefix); ok {
		site, ok = h.opts.Sites.ByKey(key)
	}
	if !ok {
		return nil, unauthorized("the key is not one of a site, or not any more", challenge+`, error="invalid_token"`)
	}
	if p := enabled(site); p != nil {
		return nil, p
	}
	return site, nil
}

func enabled(site *models.Site) *problem.Problem {
	if site.Enabled {
		return nil
	}
	return problem.New(problem.SiteDisabled, "the site "+site.Name+" is disabled; its operator can enable it")
}

// bearer takes the token from the values of an Authorization header.
func bearer(values []string) (token string, ok bool) {
	if len(values) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && !strings.ContainsAny(token, " \t,")
}

func unauthorized(detail, challenge string) *problem.Problem {
	return problem.New(problem.Unauthorized, detail).WithHeader("WWW-Authenticate", challenge)
}
