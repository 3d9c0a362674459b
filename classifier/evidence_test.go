package classifier

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// TestEvidenceIsTheStrongestOfEachName compares it with the sums of all names, sorted.
func TestEvidenceIsTheStrongestOfEachName(t *testing.T) {
	lessons := bundledLessons(t)
	log, _ := history(rand.New(rand.NewPCG(9, 9)), 300, lessons)
	m := newModel(t)
	fold(t, m, log...)
	d := newDocument()
	for i := range lessons {
		d.read(&lessons[i], nil)
		m.state.odds(nil, 1, d)
		sums := map[string]float64{}
		for k := range d.features {
			sums[string(d.name(nil, &d.features[k]))] += d.shares[k]
		}
		var want []models.Evidence
		for name, w := range sums {
			if math.Abs(w) >= minEvidence {
				want = append(want, models.Evidence{Token: name, Weight: w})
			}
		}
		slices.SortFunc(want, func(a, b models.Evidence) int {
			return cmp.Or(cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)), cmp.Compare(a.Token, b.Token))
		})
		want = want[:min(len(want), maxEvidence)]
		for k := range want {
			want[k].Weight = math.Round(want[k].Weight*1e4) / 1e4
		}
		if got := d.evidence(); !slices.Equal(got, want) {
			t.Fatalf("%q:\ngot  %v\nwant %v", lessons[i].Text, got, want)
		}
	}
}
