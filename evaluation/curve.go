package evaluation

import "context"

// Learned is how well a filter did after so many labels.
type Learned struct {
	Labels int
	// Errors is the share of predictions on the wrong side of Cut.
	Errors float64
	// OneMinusArea is 1 - the area under the curve; nil where a class is missing.
	OneMinusArea *float64
}

// learnedOf sums predictions up.
func learnedOf(labels int, predictions []Prediction) Learned {
	spam, ham := byLabel(predictions)
	at := countAt(spam, ham, Cut)
	l := Learned{Labels: labels, Errors: *ratio(at.fp+at.fn, len(predictions))}
	if a := area(spam, ham); a != nil {
		missing := 1 - *a
		l.OneMinusArea = &missing
	}
	return l
}

// curveShares are the parts of the training, as one of so many, after which a learning
// curve is measured, besides all of it.
func curveShares() []int { return []int{32, 16, 8, 4, 2} }

// LearningCurve measures training on growing parts of what predictions was trained on:
// every 32nd, 16th, ... example of it. run trains on what thin leaves of the training
// and predicts, as Test and Folds do with Setup.Thin; labels is how many examples
// predictions was trained on.
func LearningCurve(ctx context.Context, labels int, predictions []Prediction, run func(ctx context.Context, thin int) ([]Prediction, error)) ([]Learned, error) {
	var curve []Learned
	for _, thin := range curveShares() {
		if labels/thin < 2 {
			continue
		}
		p, err := run(ctx, thin)
		if err != nil {
			return nil, err
		}
		curve = append(curve, learnedOf(labels/thin, p))
	}
	return append(curve, learnedOf(labels, predictions)), nil
}

// onlineWindows is into how many parts the predictions of an online run are divided,
// and fewestInWindow how many predictions make one at least.
const (
	onlineWindows  = 20
	fewestInWindow = 50
)

// OnlineCurve divides the predictions of an online run, which began with so many
// labels, into parts of equal length.
func OnlineCurve(before int, predictions []Prediction) []Learned {
	size := max(fewestInWindow, len(predictions)/onlineWindows)
	var curve []Learned
	for first := 0; first < len(predictions); first += size {
		last := first + size
		if len(predictions)-last < size {
			last = len(predictions)
		}
		curve = append(curve, learnedOf(before+last, predictions[first:last]))
		if last == len(predictions) {
			break
		}
	}
	return curve
}
