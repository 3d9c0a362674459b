package classifier

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// drawWords draws words that tell nothing of a class.
func drawWords(random *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = "word" + string(rune('a'+random.IntN(24)))
	}
	return strings.Join(words, " ")
}

func TestWordsDoNotSpeakForTheClassThatIsLonger(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 0))
	m := newModel(t)
	for seq := int64(1); seq <= 400; seq += 2 {
		fold(t, m, says(seq, models.Spam, drawWords(random, 12)), says(seq+1, models.Ham, drawWords(random, 4)))
	}
	b, d := m.state.shared, newDocument()
	if tripled := math.Log(3); math.Abs(b.longer-tripled) > 0.3 {
		t.Errorf("spam is told to be e^%.2f times as long, want about e^%.2f", b.longer, tripled)
	}
	each, n := 0.0, 0.0
	for range 50 {
		d.read(&models.Lesson{Text: drawWords(random, 30)}, nil)
		o := b.weigh(d)
		each, n = each+o.sum, n+o.spoken
	}
	if each /= n; math.Abs(each) > 0.3 {
		t.Errorf("a word says %.2f of a class by being common, want about 0", each)
	}
}

func TestLengthOfClassesUnlearnsExactly(t *testing.T) {
	m := newModel(t)
	first := says(1, models.Spam, "a long advertisement of many words for many people")
	fold(t, m, first, says(2, models.Ham, "short"), says(3, models.Spam, "another advertisement"))
	b := m.state.shared
	if b.longer <= 0 {
		t.Fatalf("longer spam is told by %v, want more than 0", b.longer)
	}
	spoken, longer := b.spoken, b.longer
	fold(t, m, says(4, models.Ham, "one more honest comment"))
	fold(t, m, retract(5, says(4, models.Ham, "one more honest comment")))
	if b.spoken != spoken || b.longer != longer {
		t.Errorf("the newest taken back leaves %v and %v, want %v and %v", b.spoken, b.longer, spoken, longer)
	}
	fold(t, m, retract(6, first), retract(7, says(3, models.Spam, "another advertisement")), retract(8, says(2, models.Ham, "short")))
	if b.spoken != [2]int{} || b.longer != 0 {
		t.Errorf("everything taken back leaves %v and %v, want nothing", b.spoken, b.longer)
	}
}

// A training looks at documents by shortcuts: it must see what learning sees.
func TestTrainingCountsAsLearningDoes(t *testing.T) {
	b := trained(t, loadExamples(t)).state.shared
	fit, docs := newTrainer(b, b.memory.inOrder())
	for i, l := range docs {
		got, want := fit.look(l), b.look(l.lesson, l.row)
		if math.Abs(got.sum-want.sum) > 1e-9 || got.spoken != want.spoken || math.Abs(got.norm-want.norm) > 1e-9 {
			t.Fatalf("document %d: training sees %+v, learning %+v", i, got, want)
		}
	}
}
