package policy

import "fmt"

const shoutingName = "shouting"

// shouting finds texts that are mostly in capitals. Only letters of scripts with two
// cases count, and only texts with enough of them to tell.
type shouting struct {
	percent, letters int
}

func decodeShouting(o *object) rule {
	return shouting{o.whole("percent", 70, 100), o.whole("letters", 30, 1_000_000)}
}

func (r shouting) check(l *look) (reason, bool) {
	upper, lower := l.stats().upper, l.stats().lower
	all := upper + lower
	if all < r.letters || all == 0 || upper*100 < r.percent*all {
		return reason{}, false
	}
	found := upper * 100 / all
	return reason{
		code: shoutingName + ".capitals", params: map[string]any{"percent": found, "max": r.percent},
		detail: fmt.Sprintf("%d %% of the letters are capitals", found),
	}, true
}
