package judge

import (
	"testing"

	"github.com/winnowd/winnow/models"
)

func finding(rule string, action models.Action, final bool) models.Finding {
	return models.Finding{Reason: models.Reason{Rule: rule, Action: action}, Final: final}
}

func TestPrecedenceDecidesWhateverTheOrderOfRules(t *testing.T) {
	reject := finding("reject", models.Reject, false)
	final := finding("final", models.Hold, true)
	approve := finding("approve", models.Approve, false)
	hold := finding("hold", models.Hold, false)
	unsure := finding("classifier", models.Hold, false)
	clean := finding("classifier", models.Approve, false)
	tests := []struct {
		name       string
		findings   []models.Finding
		classifier models.Finding
		first      string
		action     models.Action
		source     models.Source
	}{
		{"nothing found, classifier approves", nil, clean, "classifier", models.Approve, models.FromClassifier},
		{"nothing found, classifier holds", nil, unsure, "classifier", models.Hold, models.FromClassifier},
		{"a hold outweighs the classifier", []models.Finding{hold}, clean, "hold", models.Hold, models.FromPolicy},
		{"an approval outweighs a hold", []models.Finding{hold, approve}, unsure, "approve", models.Approve, models.FromPolicy},
		{"a final hold outweighs an approval", []models.Finding{approve, final}, clean, "final", models.Hold, models.FromPolicy},
		{"a rejection outweighs all", []models.Finding{final, approve, reject, hold}, clean, "reject", models.Reject, models.FromPolicy},
		{"the first of a kind decides", []models.Finding{finding("a", models.Hold, false), hold}, clean, "a", models.Hold, models.FromPolicy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			action, source, reasons := Decide(tt.findings, tt.classifier)
			if action != tt.action || source != tt.source || reasons[0].Rule != tt.first {
				t.Errorf("got %s by %s, first %q; want %s by %s, first %q", action, source, reasons[0].Rule, tt.action, tt.source, tt.first)
			}
			if len(reasons) != len(tt.findings)+1 {
				t.Errorf("%d reasons, want every finding and the classifier's: %d", len(reasons), len(tt.findings)+1)
			}
			seen := map[string]int{}
			for _, r := range reasons {
				seen[r.Rule]++
			}
			for rule, n := range seen {
				if n != 1 {
					t.Errorf("rule %q is listed %d times", rule, n)
				}
			}
		})
	}
}
