package classifier

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRebuildEqualsFoldingOneByOne(t *testing.T) {
	lessons := bundledLessons(t)
	for seed := range uint64(2) {
		log, _ := history(rand.New(rand.NewPCG(seed, 9)), 300, lessons)
		folded, rebuilt := newModel(t), newModel(t)
		fold(t, folded, log...)
		fold(t, rebuilt, says(9999, models.Spam, "what it knew before is dropped"))
		if err := rebuilt.Rebuild(t.Context(), logOf(log)); err != nil {
			t.Fatal(err)
		}
		sameScores(t, fmt.Sprintf("seed %d", seed), folded, rebuilt, lessons)
		if folded.Version() != rebuilt.Version() {
			t.Errorf("versions are %s and %s", folded.Version(), rebuilt.Version())
		}
	}
}

func TestRebuildDropsTokensThatStandInNoDocument(t *testing.T) {
	m := newModel(t)
	gone := says(1, models.Spam, "words that nobody needs any more")
	log := []models.LogEntry{gone, says(2, models.Ham, "garden"), retract(3, gone)}
	for _, e := range log {
		fold(t, m, e)
		m.state.shared.counts.flush(&m.state.shared.table)
	}
	kept := func() int { return len(m.state.shared.counts.store.WordsByClass(spamClass)) }
	if kept() == 0 {
		t.Fatal("the store forgets by itself")
	}
	if err := m.Rebuild(t.Context(), logOf(log)); err != nil {
		t.Fatal(err)
	}
	if n := kept(); n != 0 {
		t.Errorf("%d spam words are kept", n)
	}
}

func TestRebuildKeepsWhatIsFoldedMeanwhile(t *testing.T) {
	m := newModel(t)
	var log []models.LogEntry
	for i := range int64(400) {
		log = append(log, says(i+1, models.Labels[i%2], fmt.Sprintf("word%d garden%d", i%7, i%3)))
	}
	late := says(401, models.Spam, "folded while the log was read")
	inLogToo := says(402, models.Ham, "in the log and folded")
	later := retract(403, late)
	err := m.Rebuild(t.Context(), func(yield func(models.LogEntry, error) bool) {
		for i, e := range log {
			if i == 200 {
				fold(t, m, late, inLogToo, later)
			}
			if !yield(e, nil) {
				return
			}
		}
		_ = yield(late, nil) && yield(inLogToo, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := newModel(t)
	fold(t, want, append(log, late, inLogToo, later)...)
	sameScores(t, "meanwhile", want, m, []models.Lesson{{Text: "word1 garden2"}, {Text: late.Lesson.Text}, {Text: inLogToo.Lesson.Text}})
	if m.Seq() != 403 {
		t.Errorf("seq is %d, want 403", m.Seq())
	}
}

func TestFailedRebuildLeavesTheModel(t *testing.T) {
	broken := errors.New("disk on fire")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	good := says(1, models.Spam, "casino")
	for _, c := range []struct {
		name string
		ctx  context.Context
		log  func(yield func(models.LogEntry, error) bool)
		want error
	}{
		{"LogFails", t.Context(), func(yield func(models.LogEntry, error) bool) {
			_ = yield(good, nil) && yield(models.LogEntry{}, broken)
		}, broken},
		{"BadEntry", t.Context(), logOf([]models.LogEntry{good, {Seq: 2, Label: "eggs"}}), models.ErrInvalid},
		{"BadRetraction", t.Context(), logOf([]models.LogEntry{good, retract(2, says(2, models.Spam, "prize"))}), models.ErrConflict},
		{"RetractionFirst", t.Context(), logOf([]models.LogEntry{retract(1, good), says(2, models.Spam, "casino")}), models.ErrConflict},
		{"Cancelled", cancelled, logOf([]models.LogEntry{good}), context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t)
			fold(t, m, says(7, models.Ham, "garden"))
			if err := m.Rebuild(c.ctx, c.log); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if ham, spam := m.Documents(); ham != 1 || spam != 0 || m.Seq() != 7 {
				t.Errorf("%d ham, %d spam, seq %d", ham, spam, m.Seq())
			}
			if m.recording {
				t.Error("the model goes on recording")
			}
		})
	}
}

func TestRebuildFromNothingForgetsEverything(t *testing.T) {
	m := newModel(t)
	fold(t, m, says(1, models.Spam, "casino"))
	if err := m.Rebuild(t.Context(), logOf(nil)); err != nil {
		t.Fatal(err)
	}
	if ham, spam := m.Documents(); ham+spam != 0 || m.Tokens() != 0 || m.Seq() != 0 {
		t.Errorf("%d documents, %d tokens, seq %d", ham+spam, m.Tokens(), m.Seq())
	}
}
