package policy

import (
	"time"

	"github.com/winnowd/winnow/models"
)

// customEnv is what custom rules see. The names in the tags are those of the manual.
type customEnv struct {
	Comment  customComment `expr:"comment"`
	Author   customAuthor  `expr:"author"`
	Post     customPost    `expr:"post"`
	Form     customForm    `expr:"form"`
	Address  customCounts  `expr:"address"`
	Parent   string        `expr:"parent"`
	Previous string        `expr:"previous"`
	Site     string        `expr:"site"`
	Score    float64       `expr:"score"`
	// Found tells whether a built-in entry of that name found something that counts.
	Found func(name string) bool `expr:"found"`

	unknown unknowns
}

type customComment struct {
	ID         string        `expr:"id"`
	Type       string        `expr:"type"`
	Content    string        `expr:"content"`
	Length     int           `expr:"length"`
	Words      int           `expr:"words"`
	Links      int           `expr:"links"`
	Hosts      []string      `expr:"hosts"`
	Hidden     int           `expr:"hidden"`
	Language   string        `expr:"language"`
	Script     string        `expr:"script"`
	ParentID   string        `expr:"parent_id"`
	Reply      bool          `expr:"reply"`
	Referrer   string        `expr:"referrer"`
	Revision   int           `expr:"revision"`
	Edited     bool          `expr:"edited"`
	Age        time.Duration `expr:"age"`
	Duplicates int           `expr:"duplicates"`
	Similar    int           `expr:"similar"`
}

type customAuthor struct {
	ID        string        `expr:"id"`
	Name      string        `expr:"name"`
	Email     string        `expr:"email"`
	Domain    string        `expr:"domain"`
	URL       string        `expr:"url"`
	Host      string        `expr:"host"`
	IP        string        `expr:"ip"`
	UserAgent string        `expr:"user_agent"`
	Role      string        `expr:"role"`
	LoggedIn  bool          `expr:"logged_in"`
	Trusted   bool          `expr:"trusted"`
	First     bool          `expr:"first"`
	Comments  int           `expr:"comments"`
	Approved  int           `expr:"approved"`
	Held      int           `expr:"held"`
	Rejected  int           `expr:"rejected"`
	Since     time.Duration `expr:"since"`
	customCounts
}

type customPost struct {
	ID    string        `expr:"id"`
	URL   string        `expr:"url"`
	Title string        `expr:"title"`
	Age   time.Duration `expr:"age"`
	customCounts
}

type customForm struct {
	Honeypot string        `expr:"honeypot"`
	Elapsed  time.Duration `expr:"elapsed"`
}

// customCounts are how many comments came earlier, by window.
type customCounts struct {
	Last10s int `expr:"last_10s"`
	Last1m  int `expr:"last_1m"`
	Last10m int `expr:"last_10m"`
	Last1h  int `expr:"last_1h"`
	Last1d  int `expr:"last_1d"`
}

func countsOf(c *models.Counts) customCounts {
	if c == nil {
		return customCounts{}
	}
	return customCounts{c[0], c[1], c[2], c[3], c[4]}
}

// maxHosts is how many hosts of links a custom rule sees.
const maxHosts = 100

// env makes what custom rules see of a case, once.
func (l *look) env() *customEnv {
	if l.custom != nil {
		return l.custom
	}
	c, f := &l.Revision.Comment, &l.Facts
	e := &customEnv{
		Comment: customComment{
			ID: c.ID, Type: c.Type, Content: l.Text.Plain, Length: l.stats().runes, Words: l.stats().words,
			Hidden: l.Text.Hidden, Language: c.Language, ParentID: c.ParentID, Reply: c.ParentID != "", Referrer: c.Referrer,
			Revision: l.Revision.Number, Edited: l.Revision.Number > 1,
		},
		Author: customAuthor{
			ID: c.Author.ID, Name: c.Author.Name, Email: c.Author.Email, URL: c.Author.URL, Host: hostOf(c.Author.URL),
			IP: c.Author.IP, UserAgent: c.Author.UserAgent, Role: c.Author.Role, LoggedIn: c.Author.LoggedIn,
		},
		Post: customPost{ID: c.Post.ID, URL: c.Post.URL, Title: c.Post.Title},
		Form: customForm{Honeypot: c.Form.Honeypot},
		Site: l.Revision.Site, Found: l.foundBy,
	}
	if l.Site != nil {
		e.Site = l.Site.Name
	}
	own := ownHost(l.Case)
	for i := range l.Text.Links {
		if link := &l.Text.Links[i]; foreign(link, own) {
			e.Comment.Links++
			if len(e.Comment.Hosts) < maxHosts && link.Host != "" {
				e.Comment.Hosts = append(e.Comment.Hosts, link.Host)
			}
		}
	}
	if _, domain, ok := splitEmail(c.Author.Email); ok {
		e.Author.Domain = asciiHost(domain)
	}
	e.know(l, f)
	l.custom = e
	return e
}

// know fills in what may be unknown.
func (e *customEnv) know(l *look, f *models.Facts) {
	lacks := func(missing bool, of unknowns) {
		if missing {
			e.unknown |= of
		}
	}
	c := &l.Revision.Comment
	if l.Verdict != nil {
		e.Score = l.Verdict.Score
	}
	lacks(l.Verdict == nil, noScore)
	if f.Parent != nil {
		e.Parent = string(f.Parent.Action)
	}
	lacks(e.Parent == "", noParent)
	if f.Previous != nil {
		e.Previous = string(f.Previous.Action)
	}
	lacks(e.Previous == "", noPrevious)
	if !c.SubmittedAt.IsZero() {
		e.Comment.Age = l.Revision.ReceivedAt.Sub(c.SubmittedAt)
	}
	lacks(c.SubmittedAt.IsZero(), noAge)
	e.Comment.Script = l.mainScript()
	lacks(e.Comment.Script == "", noScript)
	if f.Duplicate != nil {
		e.Comment.Duplicates = len(f.Duplicate.Matches)
	}
	lacks(f.Duplicate == nil, noDuplicates)
	if f.Similar != nil {
		e.Comment.Similar = len(f.Similar.Matches)
	}
	lacks(f.Similar == nil, noSimilar)
	_, known := knownAddress(c.Author.IP)
	lacks(!known, noIP)

	age, ok := l.postAge()
	e.Post.Age = age
	lacks(!ok, noPostAge)
	measured := c.Form.ElapsedMS != nil && *c.Form.ElapsedMS > 0
	if measured {
		e.Form.Elapsed = time.Duration(*c.Form.ElapsedMS) * time.Millisecond
	}
	lacks(!measured, noElapsed)
	e.knowSender(f, lacks)
}

func (e *customEnv) knowSender(f *models.Facts, lacks func(bool, unknowns)) {
	if h := f.Author; h != nil && h.Person {
		e.Author.Comments, e.Author.Approved, e.Author.Held, e.Author.Rejected = h.Comments, h.Approved, h.Held, h.Rejected
		e.Author.First, e.Author.Since = h.Comments == 0, time.Duration(h.SinceMS)*time.Millisecond
		e.Author.Trusted = h.Approved >= 3 && h.Rejected == 0
	}
	lacks(f.Author == nil || !f.Author.Person, noHistory)
	var person, address, post *models.Counts
	if f.Rate != nil {
		person, address = f.Rate.Person, f.Rate.Address
	}
	if f.Post != nil {
		post = f.Post.Comments
	}
	e.Author.customCounts, e.Address, e.Post.customCounts = countsOf(person), countsOf(address), countsOf(post)
	lacks(person == nil, noPersonCounts)
	lacks(address == nil, noAddressCounts)
	lacks(post == nil, noPostCounts)
}

// foundBy tells whether a built-in entry found something that counts.
func (l *look) foundBy(name string) bool {
	for i := range l.found {
		if l.found[i].Rule == name && !l.found[i].Shadow {
			return true
		}
	}
	return false
}

// mainScript gives the script of most letters; empty for a text without letters.
func (l *look) mainScript() string {
	if s := l.stats(); s.ascii {
		if s.upper+s.lower > 0 {
			return "Latin"
		}
		return ""
	}
	counts, best := map[string]int{}, ""
	for _, r := range l.Text.Plain {
		s := scriptOf(r)
		if s == "" {
			continue
		}
		counts[s]++
		if best == "" || counts[s] > counts[best] {
			best = s
		}
	}
	return best
}
