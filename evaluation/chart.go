package evaluation

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of a chart. Charts are scaled to the page.
const (
	chartWidth  = 440 * vg.Length(1)
	chartHeight = 300 * vg.Length(1)
)

// The colours of charts: two that differ in brightness, too, for those who see no hue,
// and a grey.
var (
	spamColour = color.RGBA{R: 0xc2, G: 0x41, B: 0x0c, A: 0xff}
	hamColour  = color.RGBA{R: 0x60, G: 0xa5, B: 0xfa, A: 0xff}
	inkColour  = color.RGBA{R: 0x1e, G: 0x3a, B: 0x8a, A: 0xff}
	greyColour = color.RGBA{R: 0x9c, G: 0xa3, B: 0xaf, A: 0xff}
	gridColour = color.RGBA{R: 0xe5, G: 0xe7, B: 0xeb, A: 0xff}
)

// newChart is an empty chart with a grid.
func newChart(x, y string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = font.From(sans, 12)
		axis.Tick.Label.Font = font.From(sans, 11)
		axis.Color, axis.Tick.Color = greyColour, greyColour
	}
	p.Legend.TextStyle.Font = font.From(sans, 11)
	p.Legend.Padding, p.Legend.ThumbnailWidth = 3, 18
	p.Legend.Left = true // a reader's font may be wider than the one that is measured here
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = gridColour, gridColour
	p.Add(grid)
	return p
}

// limits sets what a chart shows.
func limits(p *plot.Plot, xMin, xMax, yMin, yMax float64) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xMin, xMax, yMin, yMax
}

// ticks marks an axis from 0 up, at so many steps.
func ticks(axis *plot.Axis, steps int, step float64) {
	var marks plot.ConstantTicks
	for i := range steps + 1 {
		x := float64(i) * step
		marks = append(marks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', 3, 64)})
	}
	axis.Tick.Marker = marks
}

// legend moves the legend to x and y from the lower left corner of what is drawn in.
func legend(p *plot.Plot, x, y vg.Length) { p.Legend.XOffs, p.Legend.YOffs = x, y }

// addLine adds a line.
func addLine(p *plot.Plot, name string, points plotter.XYs, c color.Color, width vg.Length, dashes ...vg.Length) error {
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color, line.Width, line.Dashes = c, width, dashes
	p.Add(line)
	if name != "" {
		p.Legend.Add(name, line)
	}
	return nil
}

// addPoints adds points.
func addPoints(p *plot.Plot, name string, points plotter.XYs, c color.Color) error {
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.GlyphStyle = draw.GlyphStyle{Color: c, Radius: 3.5, Shape: draw.CircleGlyph{}}
	p.Add(dots)
	if name != "" {
		p.Legend.Add(name, dots)
	}
	return nil
}

// rocChart draws the share of spam caught over the share of ham flagged, up to a share
// of ham, and where the cut at Cut lies.
func rocChart(spam, ham []float64, upTo float64) (*plot.Plot, error) {
	p := newChart("ham flagged, %", "spam caught, %")
	legend(p, 250, 12)
	limits(p, 0, 100*upTo, 0, 100)
	ticks(&p.X, 5, 20*upTo)
	ticks(&p.Y, 5, 20)
	if err := addLine(p, "by chance", plotter.XYs{{X: 0, Y: 0}, {X: 100 * upTo, Y: 100 * upTo}}, greyColour, 1, 4, 3); err != nil {
		return nil, err
	}
	if err := addLine(p, "winnow", rocPoints(spam, ham, upTo), inkColour, 2); err != nil {
		return nil, err
	}
	at := countAt(spam, ham, Cut)
	x, y := float64(at.fp)/float64(len(ham)), float64(at.tp)/float64(len(spam))
	if x > upTo {
		return p, nil
	}
	return p, addPoints(p, fmt.Sprintf("score %v", Cut), plotter.XYs{{X: 100 * x, Y: 100 * y}}, spamColour)
}

// mostPoints is how many points a line has at most.
const mostPoints = 1500

// rocPoints are the corners of the curve, in percent, up to a share of ham, thinned out
// if they are very many.
func rocPoints(spam, ham []float64, upTo float64) plotter.XYs {
	points := plotter.XYs{{X: 0, Y: 0}}
	add := func(flagged, caught int) {
		points = append(points, plotter.XY{X: 100 * float64(flagged) / float64(len(ham)), Y: 100 * float64(caught) / float64(len(spam))})
	}
	flagged, caught := 0, 0
	most := int(upTo * float64(len(ham)))
	for flagged < len(ham) || caught < len(spam) {
		// The next lower score of either class, and all that have it.
		score := -1.0
		if flagged < len(ham) {
			score = ham[len(ham)-1-flagged]
		}
		if caught < len(spam) {
			score = max(score, spam[len(spam)-1-caught])
		}
		f, c := len(ham)-lower(ham, score), len(spam)-lower(spam, score)
		if f > most {
			// The line leaves the chart at its right edge.
			part := (upTo*float64(len(ham)) - float64(flagged)) / float64(f-flagged)
			points = append(points, plotter.XY{X: 100 * upTo, Y: 100 * (float64(caught) + part*float64(c-caught)) / float64(len(spam))})
			return thinned(points)
		}
		flagged, caught = f, c
		add(flagged, caught)
	}
	return thinned(points)
}

func thinned(points plotter.XYs) plotter.XYs {
	if len(points) <= mostPoints {
		return points
	}
	kept := make(plotter.XYs, 0, mostPoints)
	for i := range mostPoints {
		kept = append(kept, points[i*(len(points)-1)/(mostPoints-1)])
	}
	return kept
}

// histogramBins is how many steps of the score a histogram has.
const histogramBins = 20

// histogramChart draws how the scores of each class spread.
func histogramChart(spam, ham []float64) (*plot.Plot, error) {
	p := newChart("score", "share of the class, %")
	p.Legend.Top = true
	legend(p, 150, -4)
	const width = 7 * vg.Length(1)
	for i, class := range []struct {
		name   string
		scores []float64
		colour color.Color
	}{{"ham", ham, hamColour}, {"spam", spam, spamColour}} {
		if len(class.scores) == 0 {
			continue
		}
		values := make(plotter.Values, histogramBins)
		for _, s := range class.scores {
			values[max(0, min(histogramBins-1, int(s*histogramBins)))] += 100 / float64(len(class.scores))
		}
		bars, err := plotter.NewBarChart(values, width)
		if err != nil {
			return nil, err
		}
		bars.Color, bars.LineStyle.Width = class.colour, 0
		bars.Offset = width * vg.Length(float64(i)-0.5)
		p.Add(bars)
		p.Legend.Add(class.name, bars)
	}
	var marks plot.ConstantTicks
	for i := 0; i <= histogramBins; i += 4 {
		marks = append(marks, plot.Tick{Value: float64(i) - 0.5, Label: fmt.Sprint(float64(i) / histogramBins)})
	}
	p.X.Tick.Marker = marks
	limits(p, -0.5, histogramBins-0.5, 0, 20*math.Ceil(p.Y.Max/20))
	ticks(&p.Y, int(p.Y.Max/20), 20)
	return p, nil
}

// intervals are shares with their 95% intervals, in percent.
type intervals struct {
	plotter.XYs
	plotter.YErrors
}

// reliabilityChart draws the share of spam over the mean score of each bin.
func reliabilityChart(predictions []Prediction) (*plot.Plot, error) {
	p := newChart("mean score", "share of spam")
	p.Legend.Top = true
	legend(p, 12, -4)
	limits(p, 0, 1, 0, 1)
	ticks(&p.X, 5, 0.2)
	ticks(&p.Y, 5, 0.2)
	if err := addLine(p, "as it should be", plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}, greyColour, 1, 4, 3); err != nil {
		return nil, err
	}
	var shares intervals
	for _, b := range bins(predictions) {
		if b.n == 0 {
			continue
		}
		share := float64(b.spam) / float64(b.n)
		shares.XYs = append(shares.XYs, plotter.XY{X: b.sum / float64(b.n), Y: share})
		shares.YErrors = append(shares.YErrors, struct{ Low, High float64 }{
			share - (1 - wilsonUpper(b.n-b.spam, b.n)), wilsonUpper(b.spam, b.n) - share,
		})
	}
	bars, err := plotter.NewYErrorBars(shares)
	if err != nil {
		return nil, err
	}
	bars.Color, bars.Width = inkColour, 1
	p.Add(bars)
	return p, addPoints(p, "a tenth of the range, 95% interval", shares.XYs, inkColour)
}

// curveChart draws errors and 1 - area over the number of labels.
func curveChart(curve []Learned) (*plot.Plot, error) {
	p := newChart("labels learnt", "%")
	p.Legend.Top = true
	legend(p, 240, -4)
	var errs, areas plotter.XYs
	for _, l := range curve {
		errs = append(errs, plotter.XY{X: float64(l.Labels), Y: 100 * l.Errors})
		if l.OneMinusArea != nil {
			areas = append(areas, plotter.XY{X: float64(l.Labels), Y: 100 * *l.OneMinusArea})
		}
	}
	for _, line := range []struct {
		name   string
		points plotter.XYs
		colour color.Color
		dashes []vg.Length
	}{{"wrong at 0.5", errs, spamColour, nil}, {"1 - area", areas, inkColour, []vg.Length{5, 3}}} {
		if len(line.points) == 0 {
			continue
		}
		if err := addLine(p, line.name, line.points, line.colour, 2, line.dashes...); err != nil {
			return nil, err
		}
		if err := addPoints(p, "", line.points, line.colour); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.Y.Min = 0, 0
	p.Y.Max = max(1, 1.15*p.Y.Max)
	p.X.Max *= 1.03
	return p, nil
}

// The parts of a drawn SVG that do not fit into a page.
var (
	prologue   = regexp.MustCompile(`(?s)^.*?<svg[^>]*?viewBox="([^"]*)"[^>]*>`)
	fontFamily = regexp.MustCompile(`font-family:[^;"]*`)
)

// inline draws a chart as an element of a page. alt says in words what it shows.
func inline(p *plot.Plot, alt string) (template.HTML, error) {
	canvas := vgsvg.New(chartWidth, chartHeight)
	p.Draw(draw.Crop(draw.New(canvas), 2, -18, 2, -8))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", fmt.Errorf("draw a chart: %w", err)
	}
	svg := prologue.ReplaceAllString(b.String(), `<svg viewBox="$1" role="img" aria-label="`+template.HTMLEscapeString(alt)+`">`)
	svg = fontFamily.ReplaceAllString(svg, "font-family:system-ui,'Liberation Sans',Arial,sans-serif")
	return template.HTML(strings.TrimSpace(svg)), nil
}
