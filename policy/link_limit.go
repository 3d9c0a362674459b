package policy

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

const linkLimitName = "link-limit"

// linkLimit finds comments with too many links away from the site.
type linkLimit struct {
	max int
}

func decodeLinkLimit(o *object) rule {
	return linkLimit{o.whole("max", 2, 1_000_000)}
}

func (r linkLimit) check(l *look) (reason, bool) {
	if len(l.Text.Links) <= r.max {
		return reason{}, false
	}
	own, found := ownHost(l.Case), 0
	for i := range l.Text.Links {
		if foreign(&l.Text.Links[i], own) {
			found++
		}
	}
	if found <= r.max {
		return reason{}, false
	}
	links, allowed := "links", fmt.Sprintf("at most %d are allowed", r.max)
	if found == 1 {
		links = "link"
	}
	switch r.max {
	case 0:
		allowed = "none is allowed"
	case 1:
		allowed = "at most 1 is allowed"
	}
	return reason{
		code:   linkLimitName + ".too-many",
		params: map[string]any{"found": found, "max": r.max},
		detail: fmt.Sprintf("%d %s, %s", found, links, allowed),
	}, true
}

// ownHost is the host of the site itself; empty if its address is not known.
func ownHost(c *models.Case) string {
	if c.Facts.SiteURL != "" {
		return hostOf(c.Facts.SiteURL)
	}
	if c.Site == nil {
		return ""
	}
	return hostOf(c.Site.URL)
}
