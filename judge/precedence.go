package judge

import "github.com/winnowd/winnow/models"

// stage is one step of the order of precedence: the first stage with a finding
// that it takes decides.
type stage struct {
	takes  func(*models.Finding) bool
	source models.Source
}

// precedence is the order in which findings decide: rules that reject, rules that
// hold for good, rules that approve, other rules that hold. The classifier comes
// last and always has something to say.
func precedence() [4]stage {
	return [4]stage{
		{func(f *models.Finding) bool { return f.Action == models.Reject }, models.FromPolicy},
		{func(f *models.Finding) bool { return f.Action == models.Hold && f.Final }, models.FromPolicy},
		{func(f *models.Finding) bool { return f.Action == models.Approve }, models.FromPolicy},
		{func(f *models.Finding) bool { return f.Action == models.Hold }, models.FromPolicy},
	}
}

// Decide chooses among the rules' findings and the classifier's. All are returned
// as reasons, the deciding one first, the others in their order.
func Decide(findings []models.Finding, classifier models.Finding) (models.Action, models.Source, []models.Reason) {
	deciding, source := -1, models.FromClassifier
	for _, s := range precedence() {
		if i := first(findings, s.takes); i >= 0 {
			deciding, source = i, s.source
			break
		}
	}
	reasons := make([]models.Reason, 0, len(findings)+1)
	if deciding >= 0 {
		reasons = append(reasons, findings[deciding].Reason)
	} else {
		reasons = append(reasons, classifier.Reason)
	}
	for i := range findings {
		if i != deciding {
			reasons = append(reasons, findings[i].Reason)
		}
	}
	if deciding >= 0 {
		reasons = append(reasons, classifier.Reason)
	}
	return reasons[0].Action, source, reasons
}

func first(findings []models.Finding, takes func(*models.Finding) bool) int {
	for i := range findings {
		if takes(&findings[i]) {
			return i
		}
	}
	return -1
}
