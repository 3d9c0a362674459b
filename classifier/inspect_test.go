package classifier

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// pillsAndGardens is a log of n spams and n hams of a site.
func pillsAndGardens(first int64, site int64, n int) (log []models.LogEntry) {
	for i := range n {
		spam := says(first+int64(2*i), models.Spam, fmt.Sprintf("cheap pills offer %d", i))
		ham := says(first+int64(2*i)+1, models.Ham, fmt.Sprintf("my garden has roses %d", i))
		spam.SiteID, ham.SiteID = site, site
		log = append(log, spam, ham)
	}
	return log
}

func tokensOf(list []models.Evidence) (tokens []string) {
	for _, e := range list {
		tokens = append(tokens, e.Token)
	}
	return tokens
}

func TestTheStrongestFeaturesAreNamed(t *testing.T) {
	m, log := newModel(t), pillsAndGardens(1, 1, 20)
	fold(t, m, log...)
	spam, ham, err := m.Strongest(0, 5, logOf(log))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]models.Evidence{spam, ham} {
		if len(list) != 5 {
			t.Fatalf("got %v", list)
		}
		names := tokensOf(list)
		slices.Sort(names)
		if len(slices.Compact(names)) != 5 || slices.Contains(names, "") {
			t.Errorf("names %v", names)
		}
	}
	if !slices.Contains(tokensOf(spam), "pills") || !slices.Contains(tokensOf(ham), "garden") {
		t.Errorf("spam %v, ham %v", spam, ham)
	}
	for i := range 5 {
		if spam[i].Weight <= 0 || ham[i].Weight >= 0 || i > 0 && (spam[i].Weight > spam[i-1].Weight || ham[i].Weight < ham[i-1].Weight) {
			t.Errorf("weights out of order: %v, %v", spam, ham)
		}
	}
	if spam, ham, err := newModel(t).Strongest(1, 5, logOf(nil)); err != nil || len(spam)+len(ham) != 0 || spam == nil {
		t.Errorf("nothing learnt: %v, %v, %v", spam, ham, err)
	}
	broken := errors.New("broken")
	var failing iter.Seq2[models.LogEntry, error] = func(yield func(models.LogEntry, error) bool) { yield(models.LogEntry{}, broken) }
	if _, _, err := m.Strongest(0, 5, failing); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestASiteSeesItsOwnStrongestFeatures(t *testing.T) {
	m := newModel(t)
	one, other := pillsAndGardens(1, 1, 10), pillsAndGardens(100, 2, 10)
	for i := range other { // the other way round
		other[i].Label = map[models.Label]models.Label{models.Ham: models.Spam, models.Spam: models.Ham}[other[i].Label]
	}
	log := slices.Concat(one, other)
	fold(t, m, log...)
	spam, _, err := m.Strongest(2, 5, logOf(log))
	if err != nil || !slices.Contains(tokensOf(spam), "garden") {
		t.Errorf("site 2: %v, %v", spam, err)
	}
}

func TestWarmthGrowsWithTheRarerLabel(t *testing.T) {
	m := newModel(t)
	cold := m.Warmth(1)
	if cold.Labels != 0 || cold.Needed < 20 || cold.Needed > 100 || cold.Warm() {
		t.Errorf("cold: %+v", cold)
	}
	log := pillsAndGardens(1, 1, cold.Needed)
	var spam []models.LogEntry
	for _, e := range log {
		if e.Label == models.Spam {
			spam = append(spam, e)
		}
	}
	fold(t, m, spam...)
	if w := m.Warmth(1); w != cold {
		t.Errorf("with spam alone: %+v", w)
	}
	m = newModel(t)
	fold(t, m, log[:cold.Needed-2]...)
	if w := m.Warmth(1); w.Labels != cold.Needed-2 || w.Warm() {
		t.Errorf("nearly warm: %+v", w)
	}
	fold(t, m, log[cold.Needed-2:cold.Needed]...)
	if w := m.Warmth(1); !w.Warm() {
		t.Errorf("warm: %+v", w)
	}
	if w := m.Warmth(2); w.Labels != 0 || w.Needed < 50 || w.Warm() {
		t.Errorf("another site: %+v", w)
	}
	fold(t, m, pillsAndGardens(1000, 2, 100)...)
	if w := m.Warmth(2); w.Labels != 200 || !w.Warm() {
		t.Errorf("another site, later: %+v", w)
	}
}
