package classifier

import (
	"math"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// TestBundledCommentsAreToldApart trains on every second of the bundled comments and
// scores the others, both ways: once with all there is, once with the words alone,
// without links and author. Run with -v it prints the figures that
// docs/classifier.md quotes.
func TestBundledCommentsAreToldApart(t *testing.T) {
	all := loadExamples(t)
	languages := map[string]bool{}
	for _, e := range all {
		languages[e.Language] = true
	}
	if len(all) < 100 || len(languages) < 4 {
		t.Fatalf("%d comments in %d languages, want at least 100 in 4", len(all), len(languages))
	}
	t.Run("Everything", func(t *testing.T) {
		checkFigures(t, crossed(t, all), figures{precision: 0.95, recall: 0.95, area: 0.98})
	})
	t.Run("WordsAlone", func(t *testing.T) {
		bare := slices.Clone(all)
		for i := range bare {
			bare[i].Author, bare[i].AuthorURL = "", ""
			bare[i].Content = address.ReplaceAllString(bare[i].Content, "")
		}
		checkFigures(t, crossed(t, bare), figures{precision: 0.9, recall: 0.8, area: 0.95})
	})
}

// crossed scores each half of the examples by a model of the other.
func crossed(t *testing.T, all []example) []scored {
	t.Helper()
	var halves [2][]example
	for i, e := range all {
		halves[i%2] = append(halves[i%2], e)
	}
	var scores []scored
	for i, half := range halves {
		m := trained(t, half)
		for _, e := range halves[1-i] {
			v := m.Score(e.toCase())
			scores = append(scores, scored{v.Score, e.Label == models.Spam})
			if (v.Score >= 0.5) != (e.Label == models.Spam) {
				t.Logf("%s is %s and scored %.3f: %s", e.ID, e.Label, v.Score, e.Content)
			}
		}
	}
	return scores
}

func checkFigures(t *testing.T, scores []scored, least figures) {
	t.Helper()
	f := measure(scores)
	t.Logf("n=%d precision=%.3f recall=%.3f area=%.4f calibration-error=%.3f", len(scores), f.precision, f.recall, f.area, f.calibration)
	if f.precision < least.precision || f.recall < least.recall || f.area < least.area {
		t.Errorf("figures are %+v, want at least %+v", f, least)
	}
}

type scored struct {
	score float64
	spam  bool
}

type figures struct{ precision, recall, area, calibration float64 }

// measure gives precision and recall at 0.5, the area under the ROC curve (pairs of a
// spam and a ham in the right order, ties half), and the expected calibration error in
// ten bins of equal width.
func measure(all []scored) (f figures) {
	var caught, held, spams, hams, pairs float64
	var sum, spam [10]float64
	for _, a := range all {
		bin := min(9, int(a.score*10))
		sum[bin] += a.score
		if a.score >= 0.5 {
			held++
		}
		if !a.spam {
			hams++
			continue
		}
		spams++
		spam[bin]++
		if a.score >= 0.5 {
			caught++
		}
		for _, b := range all {
			if !b.spam && a.score > b.score {
				pairs++
			} else if !b.spam && a.score == b.score {
				pairs += 0.5
			}
		}
	}
	for i := range sum {
		f.calibration += math.Abs(sum[i]-spam[i]) / float64(len(all))
	}
	f.precision, f.recall, f.area = caught/held, caught/spams, pairs/(spams*hams)
	return f
}

func TestHonestCommentsInEachOtherLanguageAreNotHeldForIt(t *testing.T) {
	m := trained(t, loadExamples(t))
	for _, text := range []string{
		"Dziękuję za wpis, przeczytałem z przyjemnością.",
		"写得很好,谢谢分享。",
		"Grazie mille, domani provo anch'io.",
		"글 잘 읽었습니다. 감사합니다.",
	} {
		if v := m.Score(caseOf(text)); v.Finding.Action != models.Approve {
			t.Errorf("%q: %s, %+v", text, v.Finding.Detail, v.Finding.Evidence)
		}
	}
}
