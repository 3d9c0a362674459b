package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
)

const sitesPath = "/sites"

// sitesPage is what admins see of the sites.
type sitesPage struct {
	layout
	Sites []siteRow
	// Fresh are credentials that were just made, to be shown this once.
	Fresh *models.Credentials
	// Ping is what the callback of Pinged answered.
	Ping   *models.PingAnswer
	Pinged string
}

func (h *Handler) showSites(w http.ResponseWriter, r *request, p *sitesPage) error {
	p.layout = h.page(r, "sites", "sites.title")
	for _, s := range h.o.Sites.All() {
		p.Sites = append(p.Sites, h.siteRow(s))
	}
	slices.SortFunc(p.Sites, func(a, b siteRow) int { return strings.Compare(a.Name, b.Name) })
	switch key := r.URL.Query().Get("did"); key {
	case "set", "remove":
		p.Bar = &bar{Text: h.templates.words.text("did.site-" + key)}
		if n, err := strconv.Atoi(r.URL.Query().Get("held")); key == "remove" && err == nil && n > 0 {
			p.Bar.Text += " " + h.templates.words.count("did.site-remove.held", n)
		}
	}
	return h.show(w, r, http.StatusOK, "sites", p)
}

// sites lists the sites.
func (h *Handler) sites(w http.ResponseWriter, r *request) error {
	return h.showSites(w, r, &sitesPage{})
}

// webAddress takes an address of the web from a form; it may be empty.
func webAddress(r *request, name string) (string, error) {
	v := strings.TrimSpace(r.PostFormValue(name))
	if v == "" {
		return "", nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "", &badParam{name, "error.web-address"}
	}
	return v, nil
}

// addSite adds a site and shows its keys, which cannot be shown again: the answer is
// the page and no redirect.
func (h *Handler) addSite(w http.ResponseWriter, r *request) error {
	home, err := webAddress(r, "url")
	if err != nil {
		return err
	}
	callback, err := webAddress(r, "callback")
	if err != nil {
		return err
	}
	creds, err := h.o.Admin(r.user.Actor()).AddSite(r.Context(), models.Site{
		Name: strings.TrimSpace(r.PostFormValue("name")), URL: home, Callback: callback,
		AllowPrivateCallback: r.PostFormValue("private") != "",
	})
	if err != nil {
		return err
	}
	return h.showSites(w, r, &sitesPage{Fresh: &creds})
}

// setSite changes a site's addresses, or enables or disables it.
func (h *Handler) setSite(w http.ResponseWriter, r *request) error {
	var c models.SiteChange
	if enabled := r.PostFormValue("enabled"); enabled != "" {
		on := enabled == "yes"
		c.Enabled = &on
	} else {
		home, err := webAddress(r, "url")
		if err != nil {
			return err
		}
		callback, err := webAddress(r, "callback")
		if err != nil {
			return err
		}
		private := r.PostFormValue("private") != ""
		c.URL, c.Callback, c.AllowPrivateCallback = &home, &callback, &private
	}
	if err := h.o.Admin(r.user.Actor()).SetSite(r.Context(), r.site, c); err != nil {
		return err
	}
	h.seeOther(w, r, sitesPath+"?did=set")
	return nil
}

// rotate renews one of a site's credentials and shows it, this once.
func (h *Handler) rotate(w http.ResponseWriter, r *request) error {
	fresh := &models.Credentials{Name: r.site}
	var to *string
	kind := models.CredentialKind(r.PostFormValue("what"))
	switch kind {
	case models.KeyCredential:
		to = &fresh.Key
	case models.SecretCredential:
		to = &fresh.Secret
	case models.AkismetCredential:
		to = &fresh.AkismetKey
	default:
		return &badParam{"what", "must be key, secret or akismet"}
	}
	var err error
	if *to, err = h.o.Admin(r.user.Actor()).RotateCredential(r.Context(), r.site, kind, r.PostFormValue("now") != ""); err != nil {
		return err
	}
	return h.showSites(w, r, &sitesPage{Fresh: fresh})
}

// ping sends a test message to a site's callback and shows the answer.
func (h *Handler) ping(w http.ResponseWriter, r *request) error {
	answer, err := h.o.Admin(r.user.Actor()).Ping(r.Context(), r.site)
	if err != nil {
		return err
	}
	return h.showSites(w, r, &sitesPage{Ping: &answer, Pinged: r.site})
}
