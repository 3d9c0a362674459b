package classifier

import (
	"fmt"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestWithTheStarterAloneOnlyHighScoresAreHeld(t *testing.T) {
	m := startedModel(t)
	v := m.Score(caseOf("hello"))
	if v.Cutoffs.HoldAbove != coldHold || v.Finding.Params["hold_above"] != coldHold || v.Finding.Params["configured_hold_above"] != DefaultHoldAbove {
		t.Errorf("cut-offs are %+v, params %v", v.Cutoffs, v.Finding.Params)
	}
	for n := range 40 {
		fold(t, m, says(int64(2*n+1), models.Spam, fmt.Sprintf("cheap pills %d", n)), says(int64(2*n+2), models.Ham, fmt.Sprintf("nice garden %d", n)))
	}
	if c := m.Score(caseOf("hello")).Cutoffs; c.HoldAbove > 0.6 {
		t.Errorf("after 80 labels the cut-off is %v", c.HoldAbove)
	}
}

// verdictsOf makes a state whose newest labels scored so: step of the score, ham, spam.
func verdictsOf(rows ...[3]float64) *state {
	t := tuned
	s := newState(&t)
	for _, r := range rows {
		s.shared.verdicts[hamRow][int(r[0])] = r[1]
		s.shared.verdicts[spamRow][int(r[0])] = r[2]
	}
	return s
}

func TestCutoffFollowsVerdicts(t *testing.T) {
	for _, c := range []struct {
		name string
		hold float64
		s    *state
		want float64
	}{
		{"NoVerdicts", 0.5, verdictsOf(), 0.5},
		{"MostlySpamAbove", 0.5, verdictsOf([3]float64{10, 2, 8}, [3]float64{19, 1, 50}), 0.5},
		{"HamJustAbove", 0.5, verdictsOf([3]float64{10, 6, 1}, [3]float64{11, 4, 1}, [3]float64{19, 1, 50}), 0.6},
		{"TooFewToTell", 0.5, verdictsOf([3]float64{10, 1, 0}), 0.5},
		{"NeverBeyondTheCeiling", 0.5, verdictsOf([3]float64{10, 5, 0}, [3]float64{19, 90, 0}), 0.55},
		{"NeverLowered", 0.7, verdictsOf([3]float64{12, 0, 90}), 0.7},
		{"TheOperatorsPrice", 0.2, verdictsOf([3]float64{4, 6, 2}), 0.2}, // a spam is worth four hams
		{"Certainty", 1, verdictsOf([3]float64{19, 90, 0}), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{HoldAbove: c.hold}
			if err := o.complete(); err != nil {
				t.Fatal(err)
			}
			if got := c.s.cutoffs(&o, nil, 1).HoldAbove; got != c.want {
				t.Errorf("cut-off is %v, want %v", got, c.want)
			}
		})
	}
}

// TestAFallingShareOfSpamIsFollowed labels mostly spam, then mostly honest comments that
// share many of its words: after 50 of those few are held.
func TestAFallingShareOfSpamIsFollowed(t *testing.T) {
	m := newModel(t)
	seq := int64(0)
	learn := func(label models.Label, text string) {
		seq++
		fold(t, m, says(seq, label, text))
	}
	topics := []string{"garden", "winter", "recipe", "bridge", "harbour", "school", "violin"}
	for n := range 200 {
		if n%5 > 0 {
			learn(models.Spam, fmt.Sprintf("great video please subscribe to my %s channel %d", topics[n%7], n))
		} else {
			learn(models.Ham, fmt.Sprintf("the %s in this video is lovely %d", topics[n%7], n))
		}
	}
	held := 0
	for n := range 200 {
		if n%6 == 0 {
			learn(models.Spam, fmt.Sprintf("please subscribe to my %s channel %d", topics[n%7], 1000+n))
			continue
		}
		text := fmt.Sprintf("great %s, my favourite video of the channel %d", topics[(n+3)%7], 1000+n)
		if n >= 50 && m.Score(caseOf(text)).Finding.Action != models.Approve {
			held++
		}
		learn(models.Ham, text)
	}
	if held > 12 {
		t.Errorf("%d of 125 honest comments are held", held)
	}
}
