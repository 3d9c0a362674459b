package store

import (
	"fmt"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestAResetTakesEveryLabelOfTheSiteBackAndKeepsIt(t *testing.T) {
	f := open(t)
	const n = resetStep + 20
	for i := range n {
		label := models.Ham
		if i%4 == 0 {
			label = models.Spam
		}
		f.label(f.comment(fmt.Sprint("c", i), fmt.Sprint("text ", i)), label)
	}
	f.label(f.comment("c1", "text 1, edited"), models.Spam)
	site := f.revision("c1", "").SiteID
	count := func() [2]int {
		t.Helper()
		ham, spam, err := f.CountLabels(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		return [2]int{ham, spam}
	}
	if got, want := count(), [2]int{n - n/4 - 1, n/4 + 1}; got != want {
		t.Errorf("%v labels, want %v", got, want)
	}
	before := f.labelLog(0)

	reset, err := f.ResetLabels(t.Context(), site, models.System)
	if err != nil || reset != n {
		t.Fatalf("%d reset, %v, want %d", reset, err, n)
	}
	if got := count(); got != [2]int{} {
		t.Errorf("%v labels stand", got)
	}
	after := f.labelLog(0)
	if len(after) != len(before)+n || !slices.Equal(after[:len(before)], before) {
		t.Errorf("the log has %d entries, had %d", len(after), len(before))
	}
	for _, e := range after[len(before):] {
		if e[0] != '-' {
			t.Errorf("entry %q", e)
		}
	}
	if again, err := f.ResetLabels(t.Context(), site, models.System); err != nil || again != 0 {
		t.Errorf("again: %d, %v", again, err)
	}
	if !f.label(f.comment("new", "text"), models.Ham) || count() != [2]int{1, 0} {
		t.Errorf("a label after the reset: %v", count())
	}
	f.sound()
	if _, _, err := f.CountLabels(t.Context(), site+1); err != nil {
		t.Error(err)
	}
}

func TestLabelsAreCountedInPages(t *testing.T) {
	f := open(t)
	r := f.comment("c", "one")
	f.label(r, models.Ham)
	insert := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?)
		INSERT INTO labels (seq, site_id, comment_id, label, origin, actor_kind, shared, tokenizer, lesson, labelled_at)
		SELECT 1000000 + i, ?, 'imported-' || i, CASE WHEN i % 3 = 0 THEN 'spam' ELSE 'ham' END, 'import', 'system', 1, 't', '{}', 0 FROM n`
	if err := f.writer.do(t.Context(), change(func(tx *tx) error {
		_, err := tx.exec(insert, 2*labelsPage, r.SiteID)
		return err
	})); err != nil {
		t.Fatal(err)
	}
	ham, spam, err := f.CountLabels(t.Context(), r.SiteID)
	if want := 2 * labelsPage / 3; err != nil || spam != want || ham != 2*labelsPage-want+1 {
		t.Errorf("%d ham, %d spam, %v", ham, spam, err)
	}
}
