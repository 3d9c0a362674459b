package classifier

import (
	"fmt"
	"hash/fnv"
	"math"

	"github.com/winnowd/winnow/models"
)

// trials are what a trial learns: a little of everything that features are made of.
var trials = [...]models.Lesson{
	{Text: "Thank you for this article, it helped me to mend the fence in 2019!", NameShape: "Xx Xx", EmailDomain: "mail.example"},
	{Text: "CHEAP watches!!! buy now $99 at shop.example/watches", Links: []models.Link{{URL: "http://shop.example/watches", Host: "shop.example", Kind: models.LinkBare}}, AuthorHost: "shop.example", Agent: "curl"},
	{Text: "Ich sehe das anders: der zweite Absatz stimmt nicht.\nGrüße", NameWords: []uint64{7, 8}},
	{Text: "v-i-a-g-r-a 555-010-4477 кaзинo 今天天气很好 😀", Hidden: 2, Links: []models.Link{{URL: "https://pills.example/?a=b", Kind: models.LinkHTML}}},
	{Text: ""},
}

// trial learns a few lessons and tells what became of them.
func (m *Model) trial() uint64 {
	s, d := newState(&m.tuning), newDocument()
	sum := fnv.New64a()
	for n := range 4 * len(trials) {
		l := trials[n%len(trials)]
		l.Text += fmt.Sprint(" more ", n/len(trials))
		d.read(&l, nil)
		odds, rest := s.odds(m.starter, 1, d)
		fmt.Fprintf(sum, "%x %x ", math.Float64bits(odds), math.Float64bits(rest))
		e := models.LogEntry{Seq: int64(n + 1), SiteID: int64(1 + n%3), Shared: n%4 != 3, Label: models.Labels[n%len(trials)%2]}
		if err := s.fold(&e, m.reading(d), nobody{}); err != nil {
			fmt.Fprint(sum, err)
		}
	}
	return sum.Sum64()
}
