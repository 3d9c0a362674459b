package models

import "strconv"

// AppendFacts appends facts as JSON.
func AppendFacts(b []byte, f *Facts) []byte {
	o := object{b: append(b, '{')}
	if d := f.Duplicate; d != nil {
		o.open("duplicate")
		if len(d.Matches) > 0 {
			o.b = append(o.name("matches"), '[')
			for i := range d.Matches {
				o.element(i)
				o.match(&d.Matches[i])
				o.close()
			}
			o.b = append(o.b, ']')
		}
		o.close()
	}
	if s := f.Similar; s != nil {
		o.open("similar")
		if len(s.Matches) > 0 {
			o.b = append(o.name("matches"), '[')
			for i := range s.Matches {
				o.element(i)
				o.match(&s.Matches[i].Match)
				o.number("percent", int64(s.Matches[i].Percent))
				o.close()
			}
			o.b = append(o.b, ']')
		}
		o.close()
	}
	if r := f.Rate; r != nil {
		o.open("rate")
		o.counts("address", r.Address)
		o.counts("person", r.Person)
		o.close()
	}
	if a := f.Author; a != nil {
		o.open("author")
		o.flag("person", a.Person)
		o.some64("comments", int64(a.Comments))
		o.some64("approved", int64(a.Approved))
		o.some64("by_people", int64(a.ByPeople))
		o.some64("held", int64(a.Held))
		o.some64("rejected", int64(a.Rejected))
		o.some64("since_ms", a.SinceMS)
		o.close()
	}
	if p := f.Post; p != nil {
		o.open("post")
		o.counts("comments", p.Comments)
		o.close()
	}
	o.standing("parent", f.Parent)
	o.standing("previous", f.Previous)
	o.text("site_url", f.SiteURL)
	if c := f.Cutoffs; c != nil {
		o.open("cutoffs")
		o.cutoffs(c)
		o.close()
	}
	return append(o.b, '}')
}

// element begins an object that is the i-th of an array.
func (o *object) element(i int) {
	if i > 0 {
		o.b = append(o.b, ',')
	}
	o.b, o.some = append(o.b, '{'), false
}

func (o *object) match(m *Match) {
	o.b = appendQuote(o.name("comment_id"), m.CommentID)
	o.number("age_ms", m.AgeMS)
	o.flag("same_author", m.SameAuthor)
	o.flag("same_post", m.SamePost)
}

func (o *object) standing(name string, s *Standing) {
	if s == nil {
		return
	}
	o.open(name)
	o.text("action", string(s.Action))
	o.flag("by_person", s.ByPerson)
	o.close()
}

func (o *object) counts(name string, c *Counts) {
	if c == nil {
		return
	}
	o.b = append(o.name(name), '[')
	for i, n := range c {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = strconv.AppendInt(o.b, int64(n), 10)
	}
	o.b = append(o.b, ']')
}

func (o *object) cutoffs(c *Cutoffs) {
	o.b = appendNumber(o.name("hold_above"), c.HoldAbove)
	if c.SpamAbove != 0 {
		o.b = appendNumber(o.name("spam_above"), c.SpamAbove)
	}
	if c.RejectAbove != 0 {
		o.b = appendNumber(o.name("reject_above"), c.RejectAbove)
	}
}

func (o *object) number(name string, n int64) { o.b = strconv.AppendInt(o.name(name), n, 10) }

// some64 is number unless it is 0, and flag writes what is true: what omitempty does.
func (o *object) some64(name string, n int64) {
	if n != 0 {
		o.number(name, n)
	}
}

func (o *object) flag(name string, set bool) {
	if set {
		o.b = append(o.name(name), "true"...)
	}
}
