package classifier

import (
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// TestTheOrderOfLabelsCostsLittle learns half of the bundled comments all spam first, all
// ham first, and mixed, and compares the ranking of the others, before and after a
// training.
func TestTheOrderOfLabelsCostsLittle(t *testing.T) {
	all := loadExamples(t)
	var half, others []example
	for i, e := range all {
		if i%2 == 0 {
			half = append(half, e)
		} else {
			others = append(others, e)
		}
	}
	areas := func(first models.Label) (before, after float64) {
		labels := slices.Clone(half)
		if first != "" {
			slices.SortStableFunc(labels, func(a, b example) int {
				if a.Label == b.Label {
					return 0
				}
				if a.Label == first {
					return -1
				}
				return 1
			})
		}
		m := trained(t, labels)
		measured := func() float64 {
			var scores []scored
			for i := range others {
				l := others[i].entry(1).Lesson
				scores = append(scores, scored{m.score(1, &l, nil).Score, others[i].Label == models.Spam})
			}
			return measure(scores).area
		}
		before = measured()
		m.state.shared.adopt(m.state.shared.retrain())
		return before, measured()
	}
	mixed, retrained := areas("")
	for _, first := range models.Labels {
		before, after := areas(first)
		if before < mixed-0.02 || after < retrained-0.005 {
			t.Errorf("all %s first: area %.4f and %.4f after a training; mixed %.4f and %.4f", first, before, after, mixed, retrained)
		}
	}
}
