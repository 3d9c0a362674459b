package models

import (
	"fmt"
	"math"
)

// Cutoffs are the scores from which the classifier acts, 0 to 1.
type Cutoffs struct {
	// HoldAbove is the score from which a comment is held.
	HoldAbove float64 `json:"hold_above"`
	// SpamAbove is the score from which it is called spam, and held.
	SpamAbove float64 `json:"spam_above,omitempty"`
	// RejectAbove is the score from which it is rejected; 0 if it never is.
	RejectAbove float64 `json:"reject_above,omitempty"`
}

// SiteCutoffs are the cut-offs of one site; a nil field is as in the configuration.
type SiteCutoffs struct {
	// HoldAbove is over 0 and at most 1.
	HoldAbove *float64 `json:"hold_above,omitempty"`
	// RejectAbove is 0 for never, else HoldAbove to 1.
	RejectAbove *float64 `json:"reject_above,omitempty"`
}

// Of gives the cut-offs of the site, where by are those of the configuration. None is
// below HoldAbove.
func (s SiteCutoffs) Of(by Cutoffs) Cutoffs {
	if s.HoldAbove != nil {
		by.HoldAbove = *s.HoldAbove
	}
	if s.RejectAbove != nil {
		by.RejectAbove = *s.RejectAbove
	}
	by.SpamAbove = max(by.SpamAbove, by.HoldAbove)
	if by.RejectAbove > 0 {
		by.RejectAbove = max(by.RejectAbove, by.HoldAbove)
	}
	return by
}

// Check returns an error that says what is wrong and wraps ErrInvalid. It calls the
// cut-offs by what they do: flags, forms and the configuration have other names for them.
func (s SiteCutoffs) Check() error {
	if h := s.HoldAbove; h != nil && !(*h > 0 && *h <= 1) {
		return fmt.Errorf("hold from %v: must be over 0 and at most 1: %w", *h, ErrInvalid)
	}
	if r := s.RejectAbove; r != nil && !(*r >= 0 && *r <= 1) {
		return fmt.Errorf("reject from %v: must be 0 (never) to 1: %w", *r, ErrInvalid)
	}
	if s.HoldAbove != nil && s.RejectAbove != nil && *s.RejectAbove != 0 && *s.RejectAbove < *s.HoldAbove {
		return fmt.Errorf("reject from %v: must be 0 (never), or at least the %v from which comments are held: %w", *s.RejectAbove, *s.HoldAbove, ErrInvalid)
	}
	return nil
}

// CheckOver is Check for cut-offs that take the place of the configuration's, which by is:
// those of the site must make sense beside those that stay.
func (s SiteCutoffs) CheckOver(by Cutoffs) error {
	if err := s.Check(); err != nil {
		return err
	}
	if now := s.Of(by); s.RejectAbove != nil && now.RejectAbove != *s.RejectAbove {
		return fmt.Errorf("reject from %v: must be 0 (never), or at least the %v from which comments are held: %w", *s.RejectAbove, now.HoldAbove, ErrInvalid)
	}
	return nil
}

// MaxShift is how far findings together can move cut-offs, in natural-log odds: a
// thousandfold.
const MaxShift = 6.907755278982137

// Moved gives the cut-offs for a comment whose odds of being spam count as exp(shift)
// times what the score says: a positive shift makes them stricter, a negative one
// milder. It is cut at MaxShift in both directions, and what comes out is rounded to
// four decimals. Cut-offs of 0 and 1 stay where they are.
func (c Cutoffs) Moved(shift float64) Cutoffs {
	shift = max(-MaxShift, min(shift, MaxShift))
	return Cutoffs{move(c.HoldAbove, shift), move(c.SpamAbove, shift), move(c.RejectAbove, shift)}
}

func move(p, shift float64) float64 {
	if shift == 0 || p <= 0 || p >= 1 {
		return p
	}
	p = 1 / (1 + math.Exp(shift-LogOdds(p)))
	if rounded := math.Round(p*1e4) / 1e4; 0 < rounded && rounded < 1 {
		return rounded
	}
	return p
}

// LogOdds gives ln(p / (1-p)), for p between 0 and 1.
func LogOdds(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
