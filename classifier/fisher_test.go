package classifier

import (
	"math"
	"math/big"
	"testing"
)

// upperTail sums e^-m m^i/i! for i < n with 400 bits.
func upperTail(m float64, n int) float64 {
	term, sum := big.NewFloat(1).SetPrec(400), big.NewFloat(0).SetPrec(400)
	for i := range n {
		sum.Add(sum, term)
		term.Mul(term, big.NewFloat(m))
		term.Quo(term, big.NewFloat(float64(i+1)))
	}
	mantissa := new(big.Float)
	exponent := sum.MantExp(mantissa)
	f, _ := mantissa.Float64()
	return math.Log(f) + float64(exponent)*math.Ln2 - m
}

func TestTailsAgreeWithExactSums(t *testing.T) {
	for _, n := range []int{1, 2, 5, 30, 150, 800} {
		for _, m := range []float64{1e-9, 0.01, 0.5, 1, 4, 29, 30, 31, 150, 700, 746, 800, 1600} {
			lower, upper := tails(m, n)
			want := upperTail(m, n)
			if d := math.Abs(upper - want); d > 1e-9*math.Max(1, math.Abs(want)) {
				t.Errorf("upper tail at m=%v, n=%d is e^%v, want e^%v", m, n, upper, want)
			}
			if sum := math.Exp(lower) + math.Exp(upper); math.Abs(sum-1) > 1e-9 {
				t.Errorf("tails at m=%v, n=%d sum to %v", m, n, sum)
			}
		}
	}
}

func TestFisherLogOddsAreSymmetricAndNeverInfinite(t *testing.T) {
	for _, n := range []int{1, 3, 20, 150} {
		for _, f := range []float64{1e-12, 0.001, 0.2, 0.5, 0.7, 0.999, 1 - 1e-12} {
			lnF, lnG := float64(n)*math.Log(f), float64(n)*math.Log1p(-f)
			z, mirrored := fisherLogOdds(lnF, lnG, n), fisherLogOdds(lnG, lnF, n)
			if math.IsNaN(z) || math.IsInf(z, 0) {
				t.Errorf("%d clues of %v give %v", n, f, z)
			}
			if math.Abs(z+mirrored) > 1e-6*math.Max(1, math.Abs(z)) {
				t.Errorf("%d clues of %v give %v, mirrored %v", n, f, z, mirrored)
			}
			if (f > 0.5) != (z > 1e-9) && f != 0.5 {
				t.Errorf("%d clues of %v give %v: wrong direction", n, f, z)
			}
		}
	}
	if z := fisherLogOdds(0, 0, 0); z != 0 {
		t.Errorf("no clues give %v, want 0", z)
	}
}

func TestFisherIsUndecidedWhenStrongCluesConflict(t *testing.T) {
	var lnF, lnG float64
	for i := range 40 {
		f := 0.99
		if i%2 == 0 {
			f = 0.01
		}
		lnF, lnG = lnF+math.Log(f), lnG+math.Log(1-f)
	}
	if z := fisherLogOdds(lnF, lnG, 40); math.Abs(z) > 1e-6 {
		t.Errorf("twenty clues each way give log-odds %v, want 0", z)
	}
}
