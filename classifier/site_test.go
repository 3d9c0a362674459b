package classifier

import (
	"fmt"
	"math"
	"testing"

	"github.com/winnowd/winnow/models"
)

func (e *example) at(site, seq int64) models.LogEntry {
	entry := e.entry(seq)
	entry.SiteID = site
	return entry
}

// area is the chance that a spam scores above a ham at a site.
func area(m *Model, site int64, spams, hams []string) float64 {
	var pairs float64
	for _, s := range spams {
		for _, h := range hams {
			a, b := m.score(site, &models.Lesson{Text: s}, nil).Score, m.score(site, &models.Lesson{Text: h}, nil).Score
			switch {
			case a > b:
				pairs++
			case a == b:
				pairs += 0.5
			}
		}
	}
	return pairs / float64(len(spams)*len(hams))
}

// TestASitesOwnLabelsLeadThere has two sites judge the same words in opposite ways: at
// each of them its own labels lead.
func TestASitesOwnLabelsLeadThere(t *testing.T) {
	m := newModel(t)
	seq := int64(0)
	learn := func(site int64, label models.Label, text string) {
		seq++
		e := says(seq, label, text)
		e.SiteID = site
		fold(t, m, e)
	}
	topics := []string{"poker night", "card games", "betting odds", "roulette table"}
	others := []string{"vintage lenses", "film cameras", "dark rooms", "old tripods"}
	for n := range 120 {
		learn(1, models.Spam, fmt.Sprintf("join our %s %d", topics[n%4], n))
		learn(1, models.Ham, fmt.Sprintf("we tried %s %d", others[n%4], n))
		if n < 40 {
			learn(2, models.Ham, fmt.Sprintf("join our %s %d", topics[n%4], n))
			learn(2, models.Spam, fmt.Sprintf("we tried %s %d", others[n%4], n))
		}
	}
	var cards, lenses []string
	for n := range 8 {
		cards = append(cards, fmt.Sprintf("join our %s tonight", topics[n%4]))
		lenses = append(lenses, fmt.Sprintf("we tried %s today", others[n%4]))
	}
	if one, two := area(m, 1, cards, lenses), area(m, 2, lenses, cards); one < 0.99 || two < 0.95 {
		t.Errorf("area is %.3f at the first site and %.3f at the second", one, two)
	}
}

// TestASiteWithFewLabelsIsNotWorseOff gives a second site a handful of labels: the
// ranking of comments there stays as good as at the first.
func TestASiteWithFewLabelsIsNotWorseOff(t *testing.T) {
	all := loadExamples(t)
	train := func(few int) *Model {
		m := newModel(t)
		seq := int64(0)
		for i := range all {
			if i%2 == 0 {
				seq++
				fold(t, m, all[i].at(1, seq))
			}
		}
		for i := 0; i < 2*few; i += 2 {
			seq++
			fold(t, m, all[i].at(2, seq))
		}
		return m
	}
	measured := func(m *Model) float64 {
		var scores []scored
		for i := range all {
			if i%2 == 1 {
				l := all[i].entry(1).Lesson
				scores = append(scores, scored{m.score(2, &l, nil).Score, all[i].Label == models.Spam})
			}
		}
		return measure(scores).area
	}
	without := measured(train(0))
	for _, few := range []int{1, 2, 5, 10} {
		if with := measured(train(few)); with < without-0.005 {
			t.Errorf("area is %.4f with %d labels of its own, %.4f without", with, few, without)
		}
	}
}

func TestOneClassAtASiteDoesNotOverrideAll(t *testing.T) {
	m := trained(t, loadExamples(t))
	seq := m.Seq()
	for n := range 10 {
		e := says(seq+int64(n)+1, models.Ham, fmt.Sprintf("lovely garden %d", n))
		e.SiteID = 2
		fold(t, m, e)
	}
	casino := models.Lesson{Text: "casino bonus free spins online"}
	there, here := m.score(2, &casino, nil).Score, m.score(1, &casino, nil).Score
	if math.Abs(models.LogOdds(there)-models.LogOdds(here)) > 0.35*math.Abs(models.LogOdds(here))+1 {
		t.Errorf("spam scores %.3f at a site with ten hams, %.3f elsewhere", there, here)
	}
}
