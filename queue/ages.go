package queue

// ages is a list of entries by age. They come nearly in that order, so that the place of
// one is found in a step or two, and any of them may leave.
type ages struct{ oldest, newest *entry }

func (a *ages) insert(e *entry) {
	before := a.newest
	for before != nil && before.since.After(e.since) {
		before = before.older
	}
	e.older = before
	if before == nil {
		e.newer, a.oldest = a.oldest, e
	} else {
		e.newer, before.newer = before.newer, e
	}
	if e.newer == nil {
		a.newest = e
	} else {
		e.newer.older = e
	}
}

func (a *ages) remove(e *entry) {
	if e.older == nil {
		a.oldest = e.newer
	} else {
		e.older.newer = e.newer
	}
	if e.newer == nil {
		a.newest = e.older
	} else {
		e.newer.older = e.older
	}
	e.older, e.newer = nil, nil
}
