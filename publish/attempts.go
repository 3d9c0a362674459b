package publish

import "github.com/winnowd/winnow/models"

// maxTried is how many attempts are remembered while the store cannot be written.
const maxTried = 4096

// try remembers an attempt, unless it is the only one and has succeeded.
func (b *book) try(it *item, a models.Attempt) {
	if a.Error == "" && !it.noted {
		return
	}
	it.noted = true
	b.tried = newest(append(b.tried, models.Attempted{Seq: it.Seq, Attempt: a}))
}

// newest gives the attempts that there is room for.
func newest(tried []models.Attempted) []models.Attempted {
	return tried[max(0, len(tried)-maxTried):]
}

// attempt is the answer as it is remembered.
func (a *answer) attempt() models.Attempt {
	tried := models.Attempt{At: a.at, Seconds: a.took.Seconds(), Status: a.status}
	if !a.good() {
		tried.Error = shorten(a.fault())
	}
	return tried
}
