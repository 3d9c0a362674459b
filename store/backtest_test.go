package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestJudgedIsWhatWasDecidedAndWhatPeopleSaid(t *testing.T) {
	f := open(t)
	var last int64
	for i, said := range []models.Label{"", models.Ham, models.Spam} {
		rev := f.comment(fmt.Sprint("c-", i), "text")
		d := &models.Decision{
			Action: models.Hold, Source: models.FromPolicy, Actor: models.System, Judged: true, Score: 0.25,
			Reasons: []models.Reason{
				{Rule: "links", Action: models.Hold, Code: "x.y", Params: map[string]any{"max": 2}, Detail: "d"},
				{Rule: "classifier", Action: models.Approve, Code: "c", Params: map[string]any{"hold_above": 0.6}, Detail: "d", Evidence: []models.Evidence{{Token: "a", Weight: 1.5}}},
			},
			Facts: models.Facts{Duplicate: &models.Duplicates{Matches: []models.Match{{CommentID: "c-9"}}}},
		}
		if err := f.Decide(t.Context(), []models.Judgement{{Revision: rev, Decision: d}}); err != nil {
			t.Fatal(err)
		}
		if last = d.Seq; said != "" {
			f.label(rev, said)
		}
	}
	list, err := f.Judged(t.Context(), 0, 0, 1<<40)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d, %v", len(list), err)
	}
	for i, said := range []models.Label{models.Spam, models.Ham, ""} {
		j := list[i]
		if j.Said != said || j.Action != models.Hold || j.Rule != "links" || j.Score != 0.25 || j.Revision.Comment.ID != fmt.Sprint("c-", 2-i) ||
			j.Facts.Cutoffs.HoldAbove != 0.6 || len(j.Facts.Duplicate.Matches) != 1 || !j.Explained {
			t.Errorf("%d: %+v", i, j)
		}
	}
	for _, c := range []struct{ site, from, below int64 }{{99, 0, 1 << 40}, {0, last + 1, 1 << 40}, {0, 0, list[2].Seq}} {
		if got, err := f.Judged(t.Context(), c.site, c.from, c.below); err != nil || len(got) != 0 {
			t.Errorf("%+v: %d, %v", c, len(got), err)
		}
	}
}

// TestReadingForABacktestScansNothing holds the statement to the indexes that it names.
func TestReadingForABacktestScansNothing(t *testing.T) {
	f := open(t)
	rows, err := f.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+judgedQuery, 0, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	steps := 0
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if steps++; strings.HasPrefix(step, "SCAN") || strings.Contains(step, "TEMP B-TREE") {
			t.Errorf("the plan has %q", step)
		}
	}
	if steps == 0 {
		t.Error("no plan")
	}
}
