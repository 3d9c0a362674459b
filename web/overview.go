package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/winnowd/winnow/models"
)

// spansOfDays are how many days back the overview can look.
var spansOfDays = [...]int{7, 14, 30, 90}

// overviewDays is how many it looks back unless it is asked to.
const overviewDays = 14

// overviewPage is how moderation stands.
type overviewPage struct {
	layout
	Site     string
	Sites    []string
	Days     int
	Spans    []int
	Overview *models.Overview
	// Waited is how long the oldest held comment has waited; zero if none is held.
	Waited time.Duration
	Chart  chart
	Daily  []daily
	// Decided counts winnow's decisions of all the days, People those of people.
	Decided, People int
	Overturns       []overturn
	Rules           []ruleCount
	Ham, Spam       int
	Warmth          []siteWarmth
	// Problem says what is wrong with the address.
	Problem string
}

// daily is one row of the table of days.
type daily struct {
	Date                  string
	Approve, Hold, Reject int
	People, Overturned    int
	Next                  string
}

// overturn is how often people changed one decision of winnow's into another.
type overturn struct {
	From, To models.Action
	N, Of    int
}

// Share is the part of the decisions that were changed, 0 to 1.
func (o overturn) Share() float64 {
	if o.Of == 0 {
		return 0
	}
	return min(1, float64(o.N)/float64(o.Of))
}

// ruleCount is in how many comments a rule found something. Width is its bar's, 0 to 100.
type ruleCount struct {
	Name     string
	N, Width int
}

// siteWarmth is how far a site's own evidence leads. Width is its bar's, 0 to 100.
type siteWarmth struct {
	Site string
	models.Warmth
	Width int
}

// link is the address of a list, of the page's site.
func (p *overviewPage) link(path string, pairs ...string) string {
	q := url.Values{}
	if p.Site != "" {
		q.Set("site", p.Site)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return withQuery(path, q)
}

// Held is where the held comments are, Oldest the same with the oldest first.
func (p *overviewPage) Held() string   { return p.link(heldPath) }
func (p *overviewPage) Oldest() string { return p.link(heldPath, "order", string(models.Oldest)) }

// first is the first day that the page is about.
func (p *overviewPage) first() string { return p.Overview.Days[0].Date }

// Decisions is where the comments of a day are that stand so.
func (p *overviewPage) Decisions(action, since, until string) string {
	return p.link(commentsPath, "action", action, "since", since, "until", until)
}

// All is where the comments of all the days are that stand so.
func (p *overviewPage) All(action string) string {
	return p.link(commentsPath, "action", action, "since", p.first())
}

// By is where the comments are that a person left so.
func (p *overviewPage) By(to models.Action) string {
	return p.link(commentsPath, "action", string(to), "rule", "moderator", "since", p.first())
}

// Found is where the comments are in which a rule found something and which stand so.
func (p *overviewPage) Found(rule, action string) string {
	return p.link(commentsPath, "action", action, "rule", rule, "since", p.first())
}

// Labelled is where the comments are that people left so, whenever that was.
func (p *overviewPage) Labelled(action string) string {
	return p.link(commentsPath, "action", action, "rule", "moderator")
}

// Verdicts is where the audit log lists what people decided.
func (p *overviewPage) Verdicts() string {
	return p.link(auditPath, "kind", "verdict", "since", p.first())
}

// VerdictsOf is the same of a day.
func (p *overviewPage) VerdictsOf(since, until string) string {
	return p.link(auditPath, "kind", "verdict", "since", since, "until", until)
}

// overview shows how moderation stands.
func (h *Handler) overview(w http.ResponseWriter, r *request) error {
	p := &overviewPage{
		layout: h.page(r, "overview", "overview.title"), Sites: h.sitesOf(r.user), Site: r.URL.Query().Get("site"),
		Days: overviewDays, Spans: spansOfDays[:],
	}
	status := http.StatusOK
	if days := r.URL.Query().Get("days"); days != "" {
		n, err := strconv.Atoi(days)
		if err == nil && n >= 1 && n <= 366 {
			p.Days = n
		} else {
			p.Problem, status = (&badParam{"days", "must be 1 to 366"}).Error(), http.StatusBadRequest
		}
	}
	var err error
	if p.Overview, err = h.o.Desk.Overview(r.Context(), r.user, p.Site, p.Days); err != nil {
		return err
	}
	if len(p.Overview.Days) == 0 {
		return errors.New("overview: no day")
	}
	if !p.Overview.OldestHeld.IsZero() {
		p.Waited = max(0, h.o.Now().Sub(p.Overview.OldestHeld))
	}
	p.count()
	p.Ham, p.Spam = h.o.Model.Documents()
	for _, s := range r.user.SeenOf(h.o.Sites.All(), p.Site) {
		m := h.o.Model.Warmth(s.ID)
		p.Warmth = append(p.Warmth, siteWarmth{s.Name, m, 100 * min(m.Labels, m.Needed) / max(1, m.Needed)})
	}
	return h.show(w, r, status, "overview", p)
}

// count adds up what the days say.
func (p *overviewPage) count() {
	decided, overturned, rules := map[models.Action]int{}, map[string]int{}, map[string]int{}
	for i := range p.Overview.Days {
		d := &p.Overview.Days[i]
		row := daily{Date: d.Date, Approve: d.Decisions[models.Approve], Hold: d.Decisions[models.Hold], Reject: d.Decisions[models.Reject]}
		if at, err := time.Parse(time.DateOnly, d.Date); err == nil {
			row.Next = at.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		for a, n := range d.Decisions {
			decided[a] += n
			p.Decided += n
		}
		for _, n := range d.Verdicts {
			row.People += n
		}
		for what, n := range d.Overturned {
			overturned[what] += n
			row.Overturned += n
		}
		for name, n := range d.Rules {
			rules[name] += n
		}
		p.People += row.People
		p.Daily = append(p.Daily, row)
	}
	p.Chart = makeChart(p.Daily)
	slices.Reverse(p.Daily)
	for _, from := range models.Actions {
		for _, to := range models.Actions {
			if n := overturned[string(from)+":"+string(to)]; from != to && (n > 0 || to != models.Hold) {
				p.Overturns = append(p.Overturns, overturn{from, to, n, decided[from]})
			}
		}
	}
	p.Rules = rankRules(rules)
}

// maxRules is how many rules the overview lists.
const maxRules = 20

// rankRules puts the rules that found most first.
func rankRules(rules map[string]int) (list []ruleCount) {
	for name, n := range rules {
		if n > 0 {
			list = append(list, ruleCount{Name: name, N: n})
		}
	}
	slices.SortFunc(list, func(a, b ruleCount) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Name, b.Name)) })
	list = list[:min(len(list), maxRules)]
	for i := range list {
		list[i].Width = max(1, 100*list[i].N/list[0].N)
	}
	return list
}

// chart is what was decided by day, as stacked bars in a box of 100 units' height.
type chart struct {
	Width int
	// Most is the greatest number of a day, which fills the height.
	Most        int
	First, Last string
	Bars        []chartBar
}

// chartBar is one part of a day's bar; X, Y and H are in units of the box.
type chartBar struct {
	Action models.Action
	X      int
	Y, H   float64
}

const (
	chartHeight = 100
	// chartStep is how far days are apart; a bar fills all but two units of it.
	chartStep = 12
)

// makeChart draws days that are in order, approved comments at the bottom.
func makeChart(days []daily) chart {
	c := chart{Width: chartStep * len(days), First: days[0].Date, Last: days[len(days)-1].Date}
	for _, d := range days {
		c.Most = max(c.Most, d.Approve+d.Hold+d.Reject)
	}
	if c.Most == 0 {
		return c
	}
	for i, d := range days {
		y := float64(chartHeight)
		for _, part := range []struct {
			action models.Action
			n      int
		}{{models.Approve, d.Approve}, {models.Hold, d.Hold}, {models.Reject, d.Reject}} {
			if part.n == 0 {
				continue
			}
			height := chartHeight * float64(part.n) / float64(c.Most)
			y -= height
			c.Bars = append(c.Bars, chartBar{part.action, chartStep*i + 1, y, height})
		}
	}
	return c
}
