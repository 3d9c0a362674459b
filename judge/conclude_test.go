package judge

import (
	"math"
	"testing"

	"github.com/winnowd/winnow/models"
)

func shifting(rule string, times float64) models.Finding {
	f := finding(rule, models.Stricter, false)
	f.Shift = math.Log(times)
	if times < 1 {
		f.Action = models.Milder
	}
	return f
}

func TestFindingsMoveTheCutOffsAndNeverTheScore(t *testing.T) {
	shadow := shifting("tried", 100)
	shadow.Shadow = true
	for _, tt := range []struct {
		name     string
		score    float64
		findings []models.Finding
		action   models.Action
		detail   string
	}{
		{"nothing moves", 0.4, nil, models.Approve, "at 0.5"},
		{"stricter holds what was approved", 0.4, []models.Finding{shifting("list", 2)}, models.Hold, "by the score, made stricter than 0.5 by list"},
		{"stricter, not far enough", 0.3, []models.Finding{shifting("list", 2)}, models.Approve, "by the score, made stricter than 0.5 by list"},
		{"two make it stricter together", 0.21, []models.Finding{shifting("list", 2), shifting("late", 2)}, models.Hold, "by the score, made stricter than 0.5 by list, late"},
		{"milder approves what was held", 0.8, []models.Finding{shifting("known", 1./9)}, models.Approve, "by the score, made milder than 0.5 by known"},
		{"what cancels out moves nothing", 0.5, []models.Finding{shifting("a", 4), shifting("b", .25)}, models.Hold, "at 0.5"},
		{"a shadow moves nothing", 0.4, []models.Finding{shadow}, models.Approve, "at 0.5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cut := models.Cutoffs{HoldAbove: 0.5}
			v := &models.Verdict{Score: tt.score, Cutoffs: cut, Finding: actBy(tt.score, nil, cut)}
			v.Finding.Detail = "at 0.5"
			c := Conclude(tt.findings, v, actBy)
			if c.Action != tt.action || c.Source != models.FromClassifier || c.Reasons[0].Detail != tt.detail {
				t.Errorf("got %s by %s: %q", c.Action, c.Source, c.Reasons[0].Detail)
			}
			if v.Score != tt.score || v.Finding.Detail != "at 0.5" {
				t.Errorf("the verdict was changed: %+v", v)
			}
		})
	}
}

func TestWhatIsOnlyTriedIsNoReason(t *testing.T) {
	tried, counts := finding("tried", models.Reject, true), finding("counts", models.Hold, false)
	tried.Shadow = true
	v := &models.Verdict{Finding: finding("classifier", models.Approve, false)}
	c := Conclude([]models.Finding{tried, counts}, v, actBy)
	if c.Action != models.Hold || len(c.Reasons) != 2 || c.Reasons[0].Rule != "counts" || len(c.Shadow) != 1 || c.Shadow[0].Rule != "tried" {
		t.Errorf("%+v", c)
	}
}
