package policy

import (
	"fmt"
	"slices"

	"github.com/winnowd/winnow/models"
)

const rateName = "rate"

// rate finds comments of senders who write too many of them. Without an address or a
// person nothing is counted.
type rate struct {
	window          int // of models.CountWindows
	max             int
	address, person bool
}

func decodeRate(o *object) rule {
	r := rate{window: o.window("10m"), max: o.whole("max", 10, 1_000_000), address: true, person: true}
	if n := o.take("per"); n != nil {
		r.address, r.person = false, false
		for _, t := range o.d.texts(n, "per") {
			switch per, _ := o.d.oneOf(t.node, "per", []string{"address", "person"}); per {
			case "address":
				r.address = true
			case "person":
				r.person = true
			}
		}
	}
	return r
}

// window reads which of the lengths of time is meant over which facts count.
func (o *object) window(fallback string) int {
	var names []string
	for _, w := range models.CountWindows {
		names = append(names, writeDuration(w))
	}
	wanted := fallback
	if n := o.take("window"); n != nil {
		d := o.d.duration(n, "window", 0, day)
		wanted = writeDuration(d)
		if d != 0 && !slices.Contains(names, wanted) {
			o.d.fault(n, "window must be one of %s, not %s", enumerate(names, "and"), describe(n))
		}
	}
	return max(0, slices.Index(names, wanted))
}

func (r rate) check(l *look) (reason, bool) {
	f := l.Facts.Rate
	if f == nil {
		return l.lack()
	}
	if r.address && f.Address != nil && f.Address[r.window] >= r.max {
		return r.reason("address", "address", f.Address[r.window]), true
	}
	if r.person && f.Person != nil && f.Person[r.window] >= r.max {
		return r.reason("person", "author", f.Person[r.window]), true
	}
	return reason{}, false
}

func (r rate) reason(code, whose string, earlier int) reason {
	window := writeDuration(models.CountWindows[r.window])
	return reason{
		code: rateName + "." + code, params: map[string]any{"found": earlier + 1, "max": r.max, "window": window},
		detail: fmt.Sprintf("%s from the same %s within %s, at most %d are allowed", count(earlier+1, "comment"), whose, window, r.max),
	}
}
