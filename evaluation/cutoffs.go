package evaluation

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/winnowd/winnow/models"
)

// CutOffs are settings of the classifier that suit the comments they were found on.
type CutOffs struct {
	// HoldAbove holds no more than the wanted share of ham.
	HoldAbove float64 `json:"hold_above"`
	// SpamAbove is the lowest cut-off from HoldAbove up at which at least SpamPurity of
	// what reaches it is spam; 1 if there is none.
	SpamAbove float64 `json:"spam_above"`
	// HamHeld and SpamHeld are the shares that HoldAbove holds, SpamHeld nil if there is
	// no spam.
	HamHeld  float64  `json:"ham_held"`
	SpamHeld *float64 `json:"spam_held"`
	// HamHeldAtMost is the upper end of the 95% Wilson interval for HamHeld: what the
	// share may well be among comments that were not measured.
	HamHeldAtMost float64 `json:"ham_held_at_most"`
	// HamCount is how many ham comments were held, of Ham.
	HamCount int `json:"ham_held_count"`
	Ham      int `json:"ham"`
}

// SpamPurity is the share of spam from which on what reaches a cut-off is called spam.
const SpamPurity = 0.99

// Suggest finds cut-offs that hold no more than a share of ham, 0 to 1. The error wraps
// models.ErrInvalid if there is no ham to judge by, or if ham reaches a score of 1 that
// may not be held.
func Suggest(predictions []Prediction, maxHamHeld float64) (CutOffs, error) {
	spam, ham := byLabel(predictions)
	if len(ham) == 0 {
		return CutOffs{}, fmt.Errorf("suggest cut-offs: there is no ham among the comments: %w", models.ErrInvalid)
	}
	scores := slices.Concat(spam, ham)
	slices.Sort(scores)
	bound := max(0, thresholdAt(ham, maxHamHeld))
	if bound >= 1 {
		return CutOffs{}, fmt.Errorf("suggest cut-offs: too much ham has a score of 1 to hold no more than %v%% of it: %w", 100*maxHamHeld, models.ErrInvalid)
	}
	c := CutOffs{HoldAbove: plainBetween(bound, nextAbove(scores, bound)), Ham: len(ham)}
	c.SpamAbove = max(c.HoldAbove, pureFrom(spam, ham, scores))
	held := countAt(spam, ham, c.HoldAbove)
	c.HamCount = held.fp
	c.HamHeld = *ratio(held.fp, len(ham))
	c.SpamHeld = ratio(held.tp, len(spam))
	c.HamHeldAtMost = wilsonUpper(held.fp, len(ham))
	return c, nil
}

// nextAbove is the lowest of ascending scores above x; 1 if there is none.
func nextAbove(scores []float64, x float64) float64 {
	i := lower(scores, math.Nextafter(x, 2))
	if i == len(scores) {
		return 1
	}
	return scores[i]
}

// pureFrom is the lowest cut-off at which SpamPurity is reached, 1 if there is none.
func pureFrom(spam, ham, scores []float64) float64 {
	for i, score := range scores {
		if i > 0 && scores[i-1] == score {
			continue
		}
		at := countAt(spam, ham, score)
		if float64(at.tp) < SpamPurity*float64(at.tp+at.fp) {
			continue
		}
		if i == 0 {
			return plainBetween(0, score)
		}
		return plainBetween(scores[i-1], score)
	}
	return 1
}

// plainBetween is the lowest number above low and up to high with as few decimals as
// there can be, at least two.
func plainBetween(low, high float64) float64 {
	for decimals := 2; decimals <= 17; decimals++ {
		steps := math.Floor(low*math.Pow10(decimals)) + 1
		x, err := strconv.ParseFloat(fmt.Sprintf("%.0fe-%d", steps, decimals), 64)
		if err == nil && x > low && x <= high {
			return x
		}
	}
	return high
}

// wilsonUpper is the upper end of the 95% interval for a share of which part in whole
// were seen (E. B. Wilson, Journal of the American Statistical Association 22, 1927).
func wilsonUpper(part, whole int) float64 {
	const z = 1.959963984540054
	n, p := float64(whole), float64(part)/float64(whole)
	return (p + z*z/(2*n) + z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n)
}
