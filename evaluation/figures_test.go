package evaluation

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// loadPredictions reads what WritePredictions wrote.
func loadPredictions(t *testing.T, path string) []Prediction {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []Prediction
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var l predictionLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		all = append(all, Prediction{Example: &Example{ID: l.ID, Label: l.Label}, Score: l.Score, Action: l.Action})
	}
	return all
}

// expected is what the reference programme prints.
type expected struct {
	N                    int                `json:"n"`
	Spam                 int                `json:"spam"`
	Ham                  int                `json:"ham"`
	Accuracy             float64            `json:"accuracy"`
	MCC                  float64            `json:"mcc"`
	AUC                  float64            `json:"auc"`
	OneMinusAUCPercent   float64            `json:"one_minus_auc_percent"`
	SpamRecall           float64            `json:"spam_recall"`
	HamFalsePositiveRate float64            `json:"ham_false_positive_rate"`
	RecallAtFPR          map[string]float64 `json:"recall_at_fpr"`
	Brier                float64            `json:"brier"`
	ECE                  float64            `json:"ece"`
}

// shown is Figures as the reference programme would print them.
func (f *Figures) shown(t *testing.T) expected {
	t.Helper()
	if f.AUC == nil || f.SpamRecall == nil || f.HamFalsePositiveRate == nil || f.RecallAtFPR.HalfPercent == nil || f.RecallAtFPR.Percent == nil {
		t.Fatalf("figures are missing: %+v", f)
	}
	return expected{
		f.N, f.Spam, f.Ham, f.Accuracy, f.MCC, *f.AUC, *f.OneMinusAUCPercent, *f.SpamRecall, *f.HamFalsePositiveRate,
		map[string]float64{"0.005": *f.RecallAtFPR.HalfPercent, "0.01": *f.RecallAtFPR.Percent}, f.Brier, f.ECE,
	}
}

func checkAgrees(t *testing.T, predictions []Prediction, reference []byte) {
	t.Helper()
	var want expected
	if err := json.Unmarshal(reference, &want, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("reference printed %q: %v", reference, err)
	}
	figures := Measure(predictions, time.Second)
	got, err := json.Marshal(figures.shown(t), json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := json.Marshal(want, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, wanted) {
		t.Errorf("got  %s\nwant %s", got, wanted)
	}
}

// TestFiguresAgreeWithTheReference compares every digit with what score.py, written
// independently in Python, says of the same predictions: always with what it said when
// figures.json was made, and where it is at hand with what it says now.
func TestFiguresAgreeWithTheReference(t *testing.T) {
	const file = "testdata/predictions.jsonl"
	predictions := loadPredictions(t, file)
	if len(predictions) < 300 {
		t.Fatalf("%d predictions, want at least 300", len(predictions))
	}
	recorded, err := os.ReadFile("testdata/figures.json")
	if err != nil {
		t.Fatal(err)
	}
	checkAgrees(t, predictions, recorded)

	script := filepath.Join("..", "..", "shared", "data", "score.py")
	if python, err := exec.LookPath("python3"); err == nil && exists(script) {
		t.Run("Live", func(t *testing.T) {
			reference, err := exec.CommandContext(t.Context(), python, script, file).Output()
			if err != nil {
				t.Fatal(err)
			}
			checkAgrees(t, predictions, reference)
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// scored makes predictions: positive numbers are spam, negative ones ham.
func scored(scores ...float64) []Prediction {
	var all []Prediction
	for _, s := range scores {
		label, action := models.Spam, models.Approve
		if math.Signbit(s) {
			label = models.Ham
		}
		if math.Abs(s) >= Cut {
			action = models.Hold
		}
		all = append(all, Prediction{Example: &Example{Label: label}, Score: math.Abs(s), Action: action, Took: time.Microsecond})
	}
	return all
}

func TestTiesCountHalf(t *testing.T) {
	for _, c := range []struct {
		scores []float64
		area   float64
	}{
		{[]float64{0.9, -0.1}, 1},
		{[]float64{0.1, -0.9}, 0},
		{[]float64{0.5, -0.5}, 0.5},
		{[]float64{0.5, 0.5, -0.5, -0.1}, 0.75},
	} {
		if f := Measure(scored(c.scores...), 0); f.AUC == nil || *f.AUC != c.area {
			t.Errorf("%v: area %v, want %v", c.scores, f.AUC, c.area)
		}
	}
}

func TestFiguresOfAMissingClassAreMissing(t *testing.T) {
	ham := Measure(scored(-0.2, -0.7), 0)
	if ham.AUC != nil || ham.OneMinusAUCPercent != nil || ham.SpamRecall != nil || ham.RecallAtFPR.HalfPercent != nil || ham.ApprovedSpamRate != nil {
		t.Errorf("ham alone: %+v", ham)
	}
	if ham.HamFalsePositiveRate == nil || *ham.HamFalsePositiveRate != 0.5 || ham.MCC != 0 || ham.Accuracy != 0.5 {
		t.Errorf("ham alone: %+v", ham)
	}
	spam := Measure(scored(0.2, 0.7), 0)
	if spam.AUC != nil || spam.HamFalsePositiveRate != nil || spam.RecallAtFPR.Percent == nil || *spam.RecallAtFPR.Percent != 1 {
		t.Errorf("spam alone: %+v", spam)
	}
	text, err := json.Marshal(ham)
	if err != nil || !bytes.Contains(text, []byte(`"auc":null,"one_minus_auc_percent":null,"spam_recall":null`)) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestRatesByAction(t *testing.T) {
	f := Measure(scored(0.9, 0.8, 0.1, -0.6, -0.1), 2*time.Second)
	if f.HeldRate != 0.6 || f.ApprovedSpamRate == nil || *f.ApprovedSpamRate != 1.0/3 || f.Seconds != 2 || math.Abs(f.MicrosecondsPerComment-1) > 1e-12 {
		t.Errorf("%+v", f)
	}
}

func TestScoresParseBackExactly(t *testing.T) {
	want := []float64{0, 1, 0.1, 1.0 / 3, 5e-324, math.Nextafter(1, 0), 0.30000000000000004}
	var out bytes.Buffer
	if err := WritePredictions(&out, scored(want...)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "predictions.jsonl")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got := loadPredictions(t, path)
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].Score != want[i] {
			t.Errorf("%v was read back as %v", want[i], got[i].Score)
		}
	}
}
