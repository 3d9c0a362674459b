package policy

import "time"

const datesName = "dates"

// dates finds comments that say they were written long ago or in the future.
type dates struct {
	past, future time.Duration
}

func decodeDates(o *object) rule {
	r := dates{7 * day, time.Hour}
	if n := o.take("past"); n != nil {
		r.past = o.d.duration(n, "past", r.past, 36500*day)
	}
	if n := o.take("future"); n != nil {
		r.future = o.d.duration(n, "future", r.future, 36500*day)
	}
	return r
}

func (r dates) check(l *look) (reason, bool) {
	at, now := l.Revision.Comment.SubmittedAt, l.Revision.ReceivedAt
	if at.IsZero() {
		return reason{}, false
	}
	params := map[string]any{"submitted_at": at.UTC().Format(time.RFC3339)}
	switch {
	case now.Sub(at) > r.past:
		params["max"] = writeDuration(r.past)
		return reason{code: datesName + ".past", params: params, detail: "submitted " + rough(now.Sub(at)) + " before it came here"}, true
	case at.Sub(now) > r.future:
		params["max"] = writeDuration(r.future)
		return reason{code: datesName + ".future", params: params, detail: "submitted " + rough(at.Sub(now)) + " in the future"}, true
	}
	return reason{}, false
}

// rough writes a length of time as people say it.
func rough(d time.Duration) string {
	switch {
	case d >= 2*day:
		return count(int(d/day), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/time.Minute), "minute")
}
