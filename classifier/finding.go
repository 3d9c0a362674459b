package classifier

import (
	"math"
	"strconv"

	"github.com/winnowd/winnow/models"
)

// The codes of the classifier's finding.
const (
	// CodeHam approves: the score is below Options.HoldAbove.
	CodeHam = "classifier.ham"
	// CodeUnsure holds: the score is from HoldAbove up.
	CodeUnsure = "classifier.unsure"
	// CodeSpam holds: the score is from SpamAbove up.
	CodeSpam = "classifier.spam"
	// CodeReject rejects: the score is from RejectAbove up.
	CodeReject = "classifier.reject"
	// CodeNoEvidence tells that the score is only the base rate; the action is by the
	// cut-offs all the same.
	CodeNoEvidence = "classifier.no-evidence"
)

// ruleName is the name under which the finding stands among the rules'.
const ruleName = "classifier"

// maxEvidence is how many tokens a finding shows.
const maxEvidence = 10

// Finding says what follows from a score by the cut-offs, with the evidence for it.
func Finding(score float64, shown []models.Evidence, o models.Cutoffs) models.Finding {
	r := models.Reason{
		Rule:     ruleName,
		Action:   models.Hold,
		Code:     CodeUnsure,
		Params:   map[string]any{"hold_above": o.HoldAbove},
		Evidence: shown,
	}
	then, cut := ", held from ", o.HoldAbove
	switch {
	case o.RejectAbove > 0 && score >= o.RejectAbove:
		r.Action, r.Code = models.Reject, CodeReject
		r.Params["reject_above"] = o.RejectAbove
		then, cut = ", rejected from ", o.RejectAbove
	case score < o.HoldAbove:
		r.Action, r.Code = models.Approve, CodeHam
		then = ", approved below "
	case score >= o.SpamAbove:
		r.Code = CodeSpam
		r.Params["spam_above"] = o.SpamAbove
	}
	what := "spam score "
	if len(shown) == 0 {
		r.Code = CodeNoEvidence
		what = "no usable evidence, base rate "
	}
	var room [96]byte
	detail := appendHundredths(append(room[:0], what...), score)
	r.Detail = string(appendCutOff(append(detail, then...), cut))
	return models.Finding{Reason: r}
}

// appendHundredths writes a score rounded down, so that it never seems to reach a cut-off
// that it did not.
func appendHundredths(b []byte, score float64) []byte {
	return appendDecimals(b, int(math.Floor(score*100+1e-9)))
}

// appendDecimals writes n hundredths, 0 or more, with two decimals.
func appendDecimals(b []byte, n int) []byte {
	return append(strconv.AppendInt(b, int64(n/100), 10), '.', byte('0'+n/10%10), byte('0'+n%10))
}

// appendCutOff writes a cut-off with at least two decimals.
func appendCutOff(b []byte, x float64) []byte {
	if n := math.Round(x * 100); n/100 == x && n >= 0 && n < 1e6 {
		return appendDecimals(b, int(n))
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}
