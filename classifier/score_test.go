package classifier

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestUntrainedModelApprovesAtTheBaseRate(t *testing.T) {
	m := newModel(t)
	v := m.Score(caseOf("Buy cheap pills http://pills.example"))
	f := v.Finding
	if math.Abs(v.Score-0.2) > 1e-12 || f.Action != models.Approve || f.Code != CodeNoEvidence || f.Rule != "classifier" || len(f.Evidence) != 0 {
		t.Errorf("verdict is %+v", v)
	}
	if want := "no usable evidence, base rate 0.20, approved below 0.50"; f.Detail != want {
		t.Errorf("detail is %q, want %q", f.Detail, want)
	}
	if f.Params["hold_above"] != 0.5 {
		t.Errorf("params are %v", f.Params)
	}
	if v.ModelVersion != "test.t3.0" {
		t.Errorf("model version is %q", v.ModelVersion)
	}
}

func TestOneClassAloneIsNoEvidence(t *testing.T) {
	for _, label := range models.Labels {
		m := newModel(t)
		for i := range 20 {
			fold(t, m, says(int64(i+1), label, "thank you for the recipe"))
		}
		v := m.Score(caseOf("thank you for the recipe"))
		if want := m.state.shared.base(); math.Abs(v.Score-want) > 0.1 || v.Finding.Code != CodeNoEvidence {
			t.Errorf("after 20 %s labels: score %v, %s; want about the base rate %v", label, v.Score, v.Finding.Code, want)
		}
	}
}

func TestUnknownTextScoresTheBaseRate(t *testing.T) {
	m := trained(t, loadExamples(t))
	base := m.state.shared.base()
	for _, text := range []string{"", " \n", "zzqx", "Ωμέγα ψυχή ξένος κόσμος, και άλλα.", "ყველა ადამიანი იბადება თავისუფალი!", "모든 사람은 태어날 때부터 자유롭다."} {
		v := m.Score(caseOf(text))
		if math.Abs(v.Score-base) > 0.1 {
			t.Errorf("%q scores %v, %s, %v; want about the base rate %v", text, v.Score, v.Finding.Code, v.Finding.Evidence, base)
		}
	}
}

func TestUnequalClassesDoNotMakeUnknownWordsSpam(t *testing.T) {
	m := newModel(t)
	for i := range 400 {
		label, text := models.Ham, fmt.Sprintf("honest words number %d about the garden", i)
		if i%100 == 0 {
			label, text = models.Spam, fmt.Sprintf("casino bonus %d", i)
		}
		fold(t, m, says(int64(i+1), label, text))
	}
	v := m.Score(caseOf("seven words that nobody has ever written"))
	if v.Score > 0.15 {
		t.Errorf("unknown words score %v: %v", v.Score, v.Finding.Evidence)
	}
	if v := m.Score(caseOf("casino bonus")); v.Score < 0.4 {
		t.Errorf("the words of four spams score %v: %v", v.Score, v.Finding.Evidence)
	}
}

func TestLittleEvidenceMovesLittle(t *testing.T) {
	m := newModel(t)
	fold(t, m, says(1, models.Spam, "casino"), says(2, models.Ham, "garden"))
	few := m.Score(caseOf("casino")).Score
	for i := range 40 {
		fold(t, m, says(int64(2*i+3), models.Spam, "casino"), says(int64(2*i+4), models.Ham, "garden"))
	}
	many := m.Score(caseOf("casino")).Score
	if base := (1.0 + priorSpam) / (2 + priorLabels); few < base || few > 0.95 {
		t.Errorf("one label of each moves the score from %.3f to %.3f", base, few)
	}
	if many < 0.9 || many < few {
		t.Errorf("forty labels of each make it %.3f", many)
	}
}

func TestFindingFollowsTheBands(t *testing.T) {
	for _, c := range []struct {
		options Options
		score   float64
		action  models.Action
		code    string
		params  []string
		detail  string
	}{
		{Options{}, 0.12, models.Approve, CodeHam, []string{"hold_above"}, "spam score 0.12, approved below 0.50"},
		{Options{}, 0.4999, models.Approve, CodeHam, []string{"hold_above"}, "spam score 0.49, approved below 0.50"},
		{Options{}, 0.5, models.Hold, CodeUnsure, []string{"hold_above"}, "spam score 0.50, held from 0.50"},
		{Options{}, 0.83, models.Hold, CodeUnsure, []string{"hold_above"}, "spam score 0.83, held from 0.50"},
		{Options{}, 0.9, models.Hold, CodeSpam, []string{"hold_above", "spam_above"}, "spam score 0.90, held from 0.50"},
		{Options{}, 1, models.Hold, CodeSpam, []string{"hold_above", "spam_above"}, "spam score 1.00, held from 0.50"},
		{Options{RejectAbove: 0.985}, 0.984, models.Hold, CodeSpam, []string{"hold_above", "spam_above"}, "spam score 0.98, held from 0.50"},
		{Options{RejectAbove: 0.985}, 0.99, models.Reject, CodeReject, []string{"hold_above", "reject_above"}, "spam score 0.99, rejected from 0.985"},
		{Options{HoldAbove: 0.95}, 0.93, models.Approve, CodeHam, []string{"hold_above"}, "spam score 0.93, approved below 0.95"},
	} {
		m, err := New(c.options)
		if err != nil {
			t.Fatal(err)
		}
		f := Finding(c.score, []models.Evidence{{Token: "a", Weight: 1}}, m.options.cutoffs(0))
		var params []string
		for name := range f.Params {
			params = append(params, name)
		}
		slices.Sort(params)
		if f.Action != c.action || f.Code != c.code || f.Detail != c.detail || !slices.Equal(params, c.params) {
			t.Errorf("score %v with %+v: %s, %s, %q, %q", c.score, c.options, f.Action, f.Code, f.Detail, params)
		}
	}
}

func TestEvidenceIsTheStrongestTokensWithTheirDirection(t *testing.T) {
	m := trained(t, loadExamples(t))
	v := m.Score((&example{Content: "Thanks for the recipe! Cheap casino bonus at http://cheap-pills.example/buy now", Author: "Bob"}).toCase())
	shown := v.Finding.Evidence
	if len(shown) == 0 || len(shown) > maxEvidence {
		t.Fatalf("%d tokens shown", len(shown))
	}
	for i, e := range shown {
		if math.IsNaN(e.Weight) || math.IsInf(e.Weight, 0) || e.Weight == 0 {
			t.Errorf("weight of %q is %v", e.Token, e.Weight)
		}
		if i > 0 && math.Abs(e.Weight) > math.Abs(shown[i-1].Weight)+1e-12 {
			t.Errorf("%q is stronger than %q before it", e.Token, shown[i-1].Token)
		}
	}
	if !slices.ContainsFunc(shown, func(e models.Evidence) bool { return e.Token == "casino" && e.Weight > 0 }) {
		t.Errorf("casino does not speak for spam in %v", shown)
	}
}

func TestTraitsAloneSayNothing(t *testing.T) {
	m := newModel(t)
	for i := range 30 {
		fold(t, m, says(int64(2*i+1), models.Spam, "WIN BIG MONEY!!!!"), says(int64(2*i+2), models.Ham, "a quiet and long remark about gardens"))
	}
	if v := m.Score(caseOf("QWERTZ UIOPQ ASDFG!!!!")); math.Abs(v.Score-m.state.shared.base()) > 0.1 {
		t.Errorf("capitals and length alone moved the score to %v: %v", v.Score, v.Finding.Evidence)
	}
}

// TestExplanationAddsUpToTheLogOdds checks it at sites with and without a brain of their
// own.
func TestExplanationAddsUpToTheLogOdds(t *testing.T) {
	lessons := bundledLessons(t)
	log, _ := history(rand.New(rand.NewPCG(8, 8)), 300, lessons)
	m := newModel(t)
	fold(t, m, log...)
	d := newDocument()
	for site := range int64(4) {
		for i := range lessons {
			d.read(&lessons[i], nil)
			odds, rest := m.state.odds(nil, site, d)
			sum := rest
			for _, e := range d.strengths() {
				sum += e.weight
			}
			if math.Abs(sum-odds) > 1e-9 {
				t.Fatalf("site %d, %q: evidence adds up to %v, log-odds are %v", site, lessons[i].Text, sum, odds)
			}
		}
	}
}

func FuzzScoreIsAProbability(f *testing.F) {
	f.Add("Buy cheap pills http://cheap-pills.example", "Ann", "http://a.example", 40)
	f.Add(strings.Repeat("casino bonus ", 3000), "\x00", "\xff", 0)
	examples := loadExamples(f)
	f.Fuzz(func(t *testing.T, text, name, url string, n int) {
		m := trained(t, examples[:max(0, min(n, len(examples)))])
		fold(t, m, models.LogEntry{Seq: 1000, Label: models.Spam, Lesson: models.Lesson{Text: text, NameShape: name}})
		c := (&example{Content: text, Author: name, AuthorURL: url}).toCase()
		v := m.Score(c)
		if !(v.Score >= 0 && v.Score <= 1) {
			t.Fatalf("score is %v", v.Score)
		}
		if again := m.Score(c); again.Score != v.Score {
			t.Fatalf("score is %v and then %v", v.Score, again.Score)
		}
	})
}
