package models

import (
	"math"
	"testing"
)

func TestCutoffsMoveByOdds(t *testing.T) {
	c := Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9, RejectAbove: 0}
	for _, tt := range []struct {
		times float64
		want  Cutoffs
	}{
		{1, c},
		{2, Cutoffs{0.3333, 0.8182, 0}},
		{1. / 9, Cutoffs{0.9, 0.9878, 0}},
		{1e9, Cutoffs{0.001, 0.0089, 0}}, // no more than a thousandfold
	} {
		if got := c.Moved(math.Log(tt.times)); got != tt.want {
			t.Errorf("%v times: %+v, want %+v", tt.times, got, tt.want)
		}
	}
	if got := (Cutoffs{1, 1, 1}).Moved(3); got != (Cutoffs{1, 1, 1}) {
		t.Errorf("cut-offs of 1 moved to %+v", got)
	}
}
