package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
)

// siteRow is a site with the cut-offs of its filter.
type siteRow struct {
	*models.Site
	// Hold and Reject are the site's own, as a form has them; empty where they are those of
	// the configuration, which are ByHold and ByReject.
	Hold, Reject     string
	ByHold, ByReject string
	// Now are those in force. Raised tells that less is held than is set.
	Now    models.Cutoffs
	Raised bool
}

func (h *Handler) siteRow(s *models.Site) siteRow {
	now, set := h.o.Model.Cutoffs(s.ID)
	return siteRow{
		Site: s, Hold: cutoffText(s.Cutoffs.HoldAbove), Reject: cutoffText(s.Cutoffs.RejectAbove),
		ByHold: cutoffText(&h.o.Cutoffs.HoldAbove), ByReject: cutoffText(&h.o.Cutoffs.RejectAbove),
		Now: now, Raised: now.HoldAbove > set.HoldAbove,
	}
}

func cutoffText(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// cutoff reads a score of a form; nil if there is none.
func (h *Handler) cutoff(r *request, name string) (*float64, error) {
	text := strings.TrimSpace(r.PostFormValue(name))
	if text == "" {
		return nil, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return nil, &badParam{name, "error.score"}
	}
	return &v, nil
}

// setCutoffs changes the scores from which a site's filter holds and rejects.
func (h *Handler) setCutoffs(w http.ResponseWriter, r *request) (err error) {
	var c models.SiteCutoffs
	if c.HoldAbove, err = h.cutoff(r, "hold_above"); err != nil {
		return err
	}
	if c.RejectAbove, err = h.cutoff(r, "reject_above"); err != nil {
		return err
	}
	if err := h.o.Admin(r.user.Actor()).SetSite(r.Context(), r.site, models.SiteChange{Cutoffs: &c}); err != nil {
		return err
	}
	h.seeOther(w, r, sitesPath+"?did=set")
	return nil
}

// removeSite disables a site for good, if its name is typed.
func (h *Handler) removeSite(w http.ResponseWriter, r *request) error {
	site := h.o.Sites.ByName(r.site)
	if site == nil {
		return models.ErrNotFound
	}
	if strings.TrimSpace(r.PostFormValue("name")) != site.Name {
		return &badParam{"name", "error.not-the-name"}
	}
	held, err := h.o.Admin(r.user.Actor()).RemoveSite(r.Context(), site.Name, false)
	if err != nil {
		return err
	}
	h.seeOther(w, r, withQuery(sitesPath, url.Values{"did": {"remove"}, "held": {strconv.Itoa(held)}}))
	return nil
}
