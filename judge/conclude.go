package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/winnowd/winnow/models"
)

// ActBy says what a score means at cut-offs, as the classifier's finding.
type ActBy func(score float64, evidence []models.Evidence, by models.Cutoffs) models.Finding

// Conclusion is what follows from everything that was found.
type Conclusion struct {
	Action models.Action
	Source models.Source
	// Reasons has the deciding one first.
	Reasons []models.Reason
	// Shadow is what rules found that are only being tried; nil for nothing.
	Shadow []models.Reason
}

// Conclude lets findings that count move the classifier's cut-offs, chooses by the
// order of precedence, and puts what was only tried aside. It is a pure function; a
// backtest concludes by it too.
func Conclude(findings []models.Finding, v *models.Verdict, act ActBy) Conclusion {
	var c Conclusion
	counted := findings
	if slices.ContainsFunc(findings, func(f models.Finding) bool { return f.Shadow }) {
		counted = make([]models.Finding, 0, len(findings))
		for i := range findings {
			if findings[i].Shadow {
				c.Shadow = append(c.Shadow, findings[i].Reason)
			} else {
				counted = append(counted, findings[i])
			}
		}
	}
	c.Action, c.Source, c.Reasons = Decide(counted, moved(counted, v, act))
	return c
}

// moved gives the classifier's finding at the cut-offs that findings have moved.
func moved(findings []models.Finding, v *models.Verdict, act ActBy) models.Finding {
	shift, by := 0.0, []string(nil)
	for i := range findings {
		if f := &findings[i]; f.Shift != 0 {
			shift += f.Shift
			by = append(by, f.Rule)
		}
	}
	if shift == 0 {
		return v.Finding
	}
	f := act(v.Score, v.Finding.Evidence, v.Cutoffs.Moved(shift))
	f.Params["unmoved_hold_above"], f.Params["moved_by"] = v.Cutoffs.HoldAbove, by
	direction := "made stricter"
	if shift < 0 {
		direction = "made milder"
	}
	f.Detail += fmt.Sprintf(", %s than %g by %s", direction, v.Cutoffs.HoldAbove, strings.Join(by, ", "))
	return f
}
