package evaluation

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/winnowd/winnow/models"
)

// written is a report as its HTML and as the elements in it.
func written(t *testing.T, r *Report) (page string, elements map[string]int) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteReport(&b, r); err != nil {
		t.Fatal(err)
	}
	page, elements = b.String(), map[string]int{}
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return page, elements
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			elements[token.Data]++
			for _, a := range token.Attr {
				switch a.Key {
				case "src", "href", "xlink:href", "action", "data", "srcset":
					t.Errorf("<%s %s=%q> reaches out of the page", token.Data, a.Key, a.Val)
				}
				if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "url(") {
					t.Errorf("<%s %s=%q>", token.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestTheReportIsOnePageWithFiguresChartsAndMistakes(t *testing.T) {
	data := examples(90)
	// A comment that tries to be more than text, and is on the wrong side.
	hostile := `</p><script src="https://evil.example/x.js"></script><img src=x onerror=alert(1)> ` + strings.Repeat("ä", mostText)
	data[1].Comment.Content, data[1].Comment.Author.Name = hostile, "<b>Ann"
	predictions, err := Online(t.Context(), real(), nil, data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range predictions {
		p := &predictions[i]
		p.Score, p.Action = 0.1, models.Approve
		if p.Example.Label == models.Spam {
			p.Score, p.Action = 0.9, models.Hold
		}
	}
	predictions[1].Score, predictions[1].Action = 0.97, models.Hold
	predictions[1].Evidence = []models.Evidence{{Token: "<i>word", Weight: 2.5}, {Token: "other", Weight: -1}}
	for i := 30; i < 90; i += 3 { // 20 spams that were missed
		predictions[i].Score, predictions[i].Action = 0.1, models.Approve
	}
	predictions[3].Score, predictions[3].Action = 0.2, models.Approve

	cutOffs, err := Suggest(predictions, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	page, elements := written(t, &Report{
		Title: "comments.jsonl", Facts: []Fact{{"way", "online"}}, At: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Figures: Measure(predictions, time.Second), CutOffs: &cutOffs, Predictions: predictions, Curve: OnlineCurve(0, predictions),
	})
	if elements["script"] != 0 || elements["img"] != 0 || elements["b"] != 0 || elements["i"] != 0 || elements["link"] != 0 {
		t.Errorf("elements %v", elements)
	}
	if elements["svg"] != 4 || elements["h1"] != 1 || elements["main"] != 1 || elements["article"] != 1+mostMistakes {
		t.Errorf("elements %v, want 4 charts and %d mistakes", elements, 1+mostMistakes)
	}
	for _, part := range []string{
		"<title>comments.jsonl", `<html lang="en">`, "1 March 2026, 10:00 UTC", "90 (30 spam, 60 ham)", "hold_above: 0.",
		`role="img" aria-label="Reliability. `, "Honest comments that would be held: 1<", "Spam that would be approved: 21<", "The 20 with the lowest scores",
		"&lt;script src=", "by <bdi>&lt;b&gt;Ann</bdi>", "<bdi>&lt;i&gt;word</bdi> <span class=\"spam\">&#43;2.50</span>", "<bdi>other</bdi> <span class=\"ham\">-1.00</span>", "ä …",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
}

func TestAReportOfLittleIsWrittenAll(t *testing.T) {
	for name, predictions := range map[string][]Prediction{
		"one ham": scored(-0.2), "one spam": scored(1), "ham alone": scored(-0.1, -0.9), "all the same": scored(0.5, -0.5),
	} {
		t.Run(name, func(t *testing.T) {
			page, elements := written(t, &Report{Title: name, Figures: Measure(predictions, 0), Predictions: predictions, Curve: OnlineCurve(0, predictions)})
			if elements["svg"] < 2 || !strings.Contains(page, "None.") && name != "all the same" && name != "ham alone" {
				t.Errorf("elements %v", elements)
			}
		})
	}
}

func TestTheCurveEndsWhereItsChartDoes(t *testing.T) {
	spam, ham := byLabel(scored(0.9, 0.8, 0.3, 0.2, -0.85, -0.5, -0.4, -0.1))
	for upTo, want := range map[float64]string{
		1:    "[{0 0} {0 25} {25 25} {25 50} {50 50} {75 50} {75 75} {75 100} {100 100}]",
		0.25: "[{0 0} {0 25} {25 25} {25 50} {25 50}]",
		0.1:  "[{0 0} {0 25} {10 25}]",
	} {
		if got := fmt.Sprint(rocPoints(spam, ham, upTo)); got != want {
			t.Errorf("up to %v: %s, want %s", upTo, got, want)
		}
	}
	many := make([]float64, 10_000)
	for i := range many {
		many[i] = float64(i) / 10_000
	}
	points := rocPoints(many, many[1:], 1)
	if len(points) != mostPoints || points[0].X != 0 || points[len(points)-1].X != 100 {
		t.Errorf("%d points, from %v to %v", len(points), points[0], points[len(points)-1])
	}
}

func TestLearningCurveTrainsOnGrowingParts(t *testing.T) {
	train, data := examples(100), examples(30)
	var learnt []int
	run := func(ctx context.Context, thin int) ([]Prediction, error) {
		var made []*spy
		s := spied(&made)
		s.Thin = thin
		p, err := Test(ctx, s, train, data)
		learnt = append(learnt, made[0].learnt)
		return p, err
	}
	last, err := run(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := LearningCurve(t.Context(), len(train), last, run)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(learnt) != "[100 3 6 12 25 50]" {
		t.Errorf("learnt %v", learnt)
	}
	var labels []int
	for _, l := range curve {
		labels = append(labels, l.Labels)
		if l.OneMinusArea == nil || *l.OneMinusArea != 0.5 {
			t.Errorf("%+v", l)
		}
	}
	if fmt.Sprint(labels) != "[3 6 12 25 50 100]" {
		t.Errorf("labels %v", labels)
	}
}

func TestOnlineCurveCoversEveryPrediction(t *testing.T) {
	for n, want := range map[int]string{1: "[7]", 50: "[56]", 149: "[56 155]", 1010: "[56 106 156 206 256 306 356 406 456 506 556 606 656 706 756 806 856 906 956 1016]"} {
		scores := make([]float64, n)
		for i := range scores {
			scores[i] = 0.9
		}
		var labels []int
		for _, l := range OnlineCurve(6, scored(scores...)) {
			labels = append(labels, l.Labels)
			if l.Errors != 0 || l.OneMinusArea != nil {
				t.Errorf("%+v", l)
			}
		}
		if fmt.Sprint(labels) != want {
			t.Errorf("%d predictions: %v, want %s", n, labels, want)
		}
	}
}
