package evaluation

import (
	"errors"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestSuggestedCutOffsHoldNoMoreHamThanWanted(t *testing.T) {
	predictions := loadPredictions(t, "testdata/predictions.jsonl")
	_, ham := byLabel(predictions)
	for _, share := range []float64{0.005, 0.01, 0.1, 0.5, 0.999, 1} {
		c, err := Suggest(predictions, share)
		if err != nil {
			t.Fatalf("%v: %v", share, err)
		}
		held := 0
		for _, score := range ham {
			if score >= c.HoldAbove {
				held++
			}
		}
		if c.HamCount != held || c.HamHeld != float64(held)/float64(len(ham)) || c.HamHeld > share {
			t.Errorf("%v: %+v holds %d of %d", share, c, held, len(ham))
		}
		if c.HoldAbove <= 0 || c.SpamAbove < c.HoldAbove || c.SpamAbove > 1 || c.HamHeldAtMost <= c.HamHeld && c.HamHeld < 1 {
			t.Errorf("%v: %+v", share, c)
		}
	}
}

func TestSuggestedCutOffsArePlainNumbers(t *testing.T) {
	for _, c := range []struct {
		scores []float64
		share  float64
		want   float64
	}{
		{[]float64{0.9, -0.3}, 0, 0.31},
		{[]float64{0.9, -0.3, -0.2}, 0.5, 0.21},
		{[]float64{0.305, -0.3}, 0, 0.301},
		{[]float64{0.9, -0.3}, 1, 0.01},
		{[]float64{-0.3}, 0, 0.31},
		{[]float64{-0.999}, 0, 1},
	} {
		if got, err := Suggest(scored(c.scores...), c.share); err != nil || got.HoldAbove != c.want {
			t.Errorf("%v, %v: %+v, %v, want %v", c.scores, c.share, got, err, c.want)
		}
	}
}

func TestSpamIsCalledSpamWhereHardlyAnyHamIs(t *testing.T) {
	predictions := scored(0.6, -0.7, 0.8, 0.9)
	if c, err := Suggest(predictions, 1); err != nil || c.SpamAbove != 0.71 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := Suggest(scored(-0.7, -0.2), 1); err != nil || c.SpamAbove != 1 || c.SpamHeld != nil {
		t.Errorf("without spam: %+v, %v", c, err)
	}
}

func TestNoCutOffsCanBeSuggested(t *testing.T) {
	for name, predictions := range map[string][]Prediction{"no ham": scored(0.4), "ham scores 1": scored(0.5, -1)} {
		if c, err := Suggest(predictions, 0); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}
