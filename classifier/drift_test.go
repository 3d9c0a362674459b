package classifier

import (
	"math"
	"testing"
)

// TestDriftFollowsWhatLabelsSay gives labels that were scored with the same log-odds, and
// compares how far they are shifted then.
func TestDriftFollowsWhatLabelsSay(t *testing.T) {
	label := func(row uint8, n int) []uint8 {
		rows := make([]uint8, n)
		for i := range rows {
			rows[i] = row
		}
		return rows
	}
	for _, c := range []struct {
		name       string
		odds       float64
		rows       []uint8
		from, upTo float64
	}{
		{"NoLabel", 0, nil, -1e-9, 1e-9},
		{"AsExpected", -4, label(hamRow, 100), -0.2, 0},
		{"OneThatIsWrong", -4, append(label(hamRow, 50), spamRow), -0.2, 0.3},
		{"HamThatLooksLikeSpam", 1.5, label(hamRow, 20), -4, -1.5},
		{"SpamThatLooksLikeHam", -1.5, label(spamRow, 20), 1.5, 4},
		{"BackAgain", 1.5, append(label(hamRow, 20), label(spamRow, 20)...), -0.1, 1},
		{"BeyondAllShifts", 40, label(hamRow, 1000), -1e-9, 1e-9},
		{"Infinite", math.Inf(1), label(hamRow, 1000), -1e-9, 1e-9},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := tuned.driftStart()
			for _, row := range c.rows {
				d.follow(c.odds, row, &tuned)
			}
			sum := 0.0
			for _, p := range d {
				sum += p
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("probabilities add up to %v", sum)
			}
			if s := d.shift(); !(s >= c.from && s <= c.upTo) {
				t.Errorf("shift is %v, want %v to %v", s, c.from, c.upTo)
			}
		})
	}
}

// TestDriftReachesTheScore lets a trained model's drift follow hams that looked like spam,
// and compares what a comment scores with what it does without the drift.
func TestDriftReachesTheScore(t *testing.T) {
	m := newModel(t)
	examples := loadExamples(t)
	for i := range 100 {
		fold(t, m, examples[i].entry(int64(i+1)))
	}
	b := m.state.shared
	for range 12 {
		b.drift.follow(2, hamRow, b.tuning)
	}
	c := examples[101].toCase()
	shifted := logit(m.Score(c).Score)
	b.drift = b.tuning.driftStart()
	if plain := logit(m.Score(c).Score); shifted > plain-1 {
		t.Errorf("log-odds are %v with the drift, %v without", shifted, plain)
	}
}
