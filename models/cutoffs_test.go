package models

import (
	"errors"
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

func TestASitesCutoffsAreNeverBelowWhereItHolds(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	by := Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9, RejectAbove: 0.95}
	for name, c := range map[string]struct {
		own  SiteCutoffs
		want Cutoffs
	}{
		"none":           {SiteCutoffs{}, by},
		"hold":           {SiteCutoffs{HoldAbove: f(0.3)}, Cutoffs{HoldAbove: 0.3, SpamAbove: 0.9, RejectAbove: 0.95}},
		"hold over all":  {SiteCutoffs{HoldAbove: f(0.97)}, Cutoffs{HoldAbove: 0.97, SpamAbove: 0.97, RejectAbove: 0.97}},
		"reject":         {SiteCutoffs{RejectAbove: f(0.6)}, Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9, RejectAbove: 0.6}},
		"never reject":   {SiteCutoffs{RejectAbove: f(0)}, Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9}},
		"reject too low": {SiteCutoffs{RejectAbove: f(0.1)}, Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9, RejectAbove: 0.5}},
	} {
		if got := c.own.Of(by); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	for _, bad := range []SiteCutoffs{{HoldAbove: f(0)}, {HoldAbove: f(1.5)}, {HoldAbove: f(math.NaN())}, {RejectAbove: f(-1)}, {RejectAbove: f(2)}, {HoldAbove: f(0.8), RejectAbove: f(0.7)}} {
		if err := bad.Check(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := (SiteCutoffs{HoldAbove: f(0.8), RejectAbove: f(0)}).Check(); err != nil {
		t.Error(err)
	}
}
