package store

import (
	"reflect"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestWhatWasOnlyTriedIsKeptApart(t *testing.T) {
	f := open(t)
	rev := f.comment("c-1", "text")
	tried := []models.Reason{{Rule: "tried", Action: models.Reject, Code: "x.y", Detail: "would reject"}}
	cutoffs := models.Cutoffs{HoldAbove: 0.5}
	err := f.Decide(t.Context(), []models.Judgement{{Revision: rev, Decision: &models.Decision{
		Action: models.Approve, Source: models.FromClassifier, Actor: models.System, Judged: true,
		Reasons: []models.Reason{{Rule: "classifier", Action: models.Approve}}, Shadow: tried,
		Facts: models.Facts{SiteURL: "https://blog.example", Cutoffs: &cutoffs},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	status, err := f.Comment(t.Context(), f.site.ID, "c-1")
	if err != nil {
		t.Fatal(err)
	}
	d := status.Current
	if !reflect.DeepEqual(d.Shadow, tried) || len(d.Reasons) != 1 || d.Facts.Cutoffs == nil || *d.Facts.Cutoffs != cutoffs || d.Facts.SiteURL != "https://blog.example" {
		t.Errorf("%+v", d)
	}
}
