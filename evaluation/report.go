package evaluation

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot"

	"github.com/winnowd/winnow/models"
)

// Report is what a report tells.
type Report struct {
	// Title names what was measured, Facts says how.
	Title string
	Facts []Fact
	// At is when.
	At time.Time

	Figures     Figures
	CutOffs     *CutOffs
	Predictions []Prediction
	Curve       []Learned
}

// Fact is a name and a value.
type Fact struct{ Name, Value string }

// mostMistakes is how many mistakes of each kind are shown, mostText how many
// characters of a comment.
const (
	mostMistakes = 20
	mostText     = 600
)

//go:embed report.html
var reportPage string

// page is what the template shows.
type page struct {
	*Report
	Rows   []Fact
	Charts []chart
	// Held are the ham comments that were not approved, the highest scores first, and
	// Missed the spam that was, the lowest first; the numbers count those not shown, too.
	Held, Missed           []mistake
	HeldCount, MissedCount int
}

// chart is a drawn chart and what it shows.
type chart struct {
	Title, Caption string
	SVG            template.HTML
}

// mistake is a wrong prediction.
type mistake struct {
	ID, Author, Text, Score string
	Action                  models.Action
	Evidence                []evidence
}

// evidence is what a token did.
type evidence struct {
	Token, Weight string
	Spam          bool
}

// WriteReport writes one HTML page that needs nothing else, no network and no script.
// It holds the texts of comments.
func WriteReport(w io.Writer, r *Report) error {
	// Parsing costs nothing beside measuring.
	t, err := template.New("report").Parse(reportPage)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	p := page{Report: r, Rows: r.Figures.Rows()}
	if p.Charts, err = r.charts(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	p.mistakes()
	if err := t.Execute(w, &p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// charts draws what can be drawn of the predictions.
func (r *Report) charts() ([]chart, error) {
	spam, ham := byLabel(r.Predictions)
	var charts []chart
	var failed error
	add := func(title, caption string, draw func() (*plot.Plot, error)) {
		p, err := draw()
		var svg template.HTML
		if err == nil {
			svg, err = inline(p, title+". "+caption)
		}
		if err != nil && failed == nil {
			failed = err
		}
		charts = append(charts, chart{title, caption, svg})
	}
	if len(spam) > 0 && len(ham) > 0 {
		add("Spam caught against ham flagged", "The receiver's operating curve: the higher and the further left, the better. Moving the cut-off moves along it.",
			func() (*plot.Plot, error) { return rocChart(spam, ham, 1) })
		add("The same up to 5% of ham", "Where cut-offs are chosen: what a little more ham held buys in spam caught.",
			func() (*plot.Plot, error) { return rocChart(spam, ham, 0.05) })
	}
	add("Scores by class", "How the scores of spam and of ham spread, in steps of 0.05. Where both have bars, they cannot be told apart.",
		func() (*plot.Plot, error) { return histogramChart(spam, ham) })
	add("Reliability", "Of comments scored about 0.9, nine in ten should be spam: points on the broken line keep that promise, below it scores are too high.",
		func() (*plot.Plot, error) { return reliabilityChart(r.Predictions) })
	if len(r.Curve) > 1 {
		add("Learning curve", "Wrong predictions and 1 - area, in percent, as labels come in.",
			func() (*plot.Plot, error) { return curveChart(r.Curve) })
	}
	return charts, failed
}

// mistakes finds the wrong predictions by action.
func (p *page) mistakes() {
	var held, missed []Prediction
	for _, prediction := range p.Predictions {
		switch {
		case !prediction.mistaken():
		case prediction.Example.Label == models.Spam:
			missed = append(missed, prediction)
		default:
			held = append(held, prediction)
		}
	}
	slices.SortStableFunc(held, func(a, b Prediction) int { return cmp.Compare(b.Score, a.Score) })
	slices.SortStableFunc(missed, func(a, b Prediction) int { return cmp.Compare(a.Score, b.Score) })
	p.HeldCount, p.MissedCount = len(held), len(missed)
	p.Held, p.Missed = shown(held), shown(missed)
}

// shown are the first mistakes, as the page shows them.
func shown(predictions []Prediction) []mistake {
	var all []mistake
	for _, p := range predictions[:min(len(predictions), mostMistakes)] {
		c := &p.Example.Comment
		m := mistake{ID: p.Example.ID, Author: c.Author.Name, Text: excerpt(c.Content), Score: strconv.FormatFloat(p.Score, 'f', 3, 64), Action: p.Action}
		for _, e := range p.Evidence {
			m.Evidence = append(m.Evidence, evidence{excerpt(e.Token), fmt.Sprintf("%+.2f", e.Weight), e.Weight > 0})
		}
		all = append(all, m)
	}
	return all
}

// excerpt is the beginning of a text.
func excerpt(text string) string {
	text = strings.TrimSpace(text)
	n := 0
	for i := range text {
		if n++; n > mostText {
			return text[:i] + " …"
		}
	}
	return text
}

// Rows are the figures in words and in order, for people.
func (f *Figures) Rows() []Fact {
	return []Fact{
		{"comments", fmt.Sprintf("%d (%d spam, %d ham)", f.N, f.Spam, f.Ham)},
		{"accuracy", percent(&f.Accuracy)},
		{"Matthews correlation", figure(&f.MCC, 4, "")},
		{"area under ROC", figure(f.AUC, 4, "")},
		{"1 - area", figure(f.OneMinusAUCPercent, 3, "%")},
		{"spam caught at 0.5", percent(f.SpamRecall)},
		{"ham flagged at 0.5", percent(f.HamFalsePositiveRate)},
		{"spam caught with 0.5% of ham flagged", percent(f.RecallAtFPR.HalfPercent)},
		{"spam caught with 1% of ham flagged", percent(f.RecallAtFPR.Percent)},
		{"Brier score", figure(&f.Brier, 4, "")},
		{"calibration error", figure(&f.ECE, 4, "")},
		{"held by the cut-offs, of all", percent(&f.HeldRate)},
		{"approved by the cut-offs, of spam", percent(f.ApprovedSpamRate)},
		{"time", fmt.Sprintf("%.2f s, %.1f µs to read and score a comment", f.Seconds, f.MicrosecondsPerComment)},
	}
}

// Text says what to put into the configuration, and what to expect of it.
func (c *CutOffs) Text() string {
	return fmt.Sprintf("classifier:\n"+
		"  hold_above: %v # holds %s of ham (%d of %d) and %s of spam\n"+
		"  spam_above: %v # from here on at least %v%% is spam\n",
		c.HoldAbove, percent(&c.HamHeld), c.HamCount, c.Ham, percent(c.SpamHeld), c.SpamAbove, 100*SpamPurity)
}

// Caution says how far a share of so few ham comments can be trusted.
func (c *CutOffs) Caution() string {
	return fmt.Sprintf("With so many ham comments, up to %s of ham may be held in the long run (95%% confidence).", percent(&c.HamHeldAtMost))
}

func percent(x *float64) string {
	if x == nil {
		return "-"
	}
	y := 100 * *x
	return figure(&y, 2, "%")
}

// figure writes a number; "-" if there is none.
func figure(x *float64, decimals int, unit string) string {
	if x == nil {
		return "-"
	}
	return strconv.FormatFloat(*x, 'f', decimals, 64) + unit
}
