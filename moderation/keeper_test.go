package moderation_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
)

// shelf is a bench whose model is kept in a file.
type shelf struct {
	*bench
	*moderation.Keeper
	path string
}

func newShelf(t *testing.T, labels int) *shelf {
	t.Helper()
	b := newBench(t, time.Hour)
	s := &shelf{bench: b, path: filepath.Join(t.TempDir(), "winnow.model")}
	s.Keeper = moderation.NewKeeper(b.learner, b.model, b.store, s.path, slog.New(slog.DiscardHandler))
	for n := range labels {
		s.teach(fmt.Sprint("c", n), models.Labels[n%2])
	}
	return s
}

func (s *shelf) teach(id string, label models.Label) {
	s.t.Helper()
	s.submit(id, "cheap pills and great weather "+id, models.Hold)
	_, err := s.Label(s.t.Context(), models.Labelling{Site: s.site, CommentID: id, Label: label, Origin: models.OriginSite, Actor: models.SiteAdmin})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) save() {
	s.t.Helper()
	if err := s.Save(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) saved() bool {
	_, err := os.Stat(s.path)
	return err == nil
}

// restart loads the model as the next start does, and tells what was logged.
func (s *shelf) restart() (*classifier.Model, string) {
	s.t.Helper()
	var log bytes.Buffer
	m := newModel(s.t)
	k := moderation.NewKeeper(moderation.NewLearner(s.store, m), m, s.store, s.path, slog.New(slog.NewTextHandler(&log, nil)))
	if err := k.Load(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if m.Seq() != s.model.Seq() {
		s.t.Fatalf("the next start is at %d, the last was at %d", m.Seq(), s.model.Seq())
	}
	return m, log.String()
}

// rebuilt is the model that the label log makes.
func (s *shelf) rebuilt() *classifier.Model {
	s.t.Helper()
	m := newModel(s.t)
	if err := m.Rebuild(s.t.Context(), s.store.LabelLog(s.t.Context(), 0)); err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *shelf) mustScore(m, as *classifier.Model) {
	s.t.Helper()
	if !slices.Equal(s.scores(m), s.scores(as)) {
		s.t.Fatal("the models score differently")
	}
}

func TestTheNextStartLoadsTheModelAndLearnsWhatCameSince(t *testing.T) {
	s := newShelf(t, 30)
	s.save()
	s.teach("c4", models.Spam) // takes a label back that the file has
	s.teach("new", models.Ham)
	m, log := s.restart()
	if !strings.Contains(log, "model loaded") {
		t.Errorf("logged %s", log)
	}
	s.mustScore(m, s.model)
	s.mustScore(m, s.rebuilt())
}

func TestAStartWithoutAFileOrWithADamagedOneBuildsTheModelAnew(t *testing.T) {
	s := newShelf(t, 30)
	m, log := s.restart()
	s.mustScore(m, s.model)
	if log != "" {
		t.Errorf("without a file %s was logged", log)
	}
	s.save()
	file, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	file[len(file)-1] ^= 8
	if err := os.WriteFile(s.path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	m, log = s.restart()
	s.mustScore(m, s.model)
	if !strings.Contains(log, "built anew") || !strings.Contains(log, "checksum") {
		t.Errorf("logged %s", log)
	}
	if s.saved() {
		t.Error("the damaged file is still there")
	}
}

func TestAnErasureLeavesNoFileThatKnowsOfTheComment(t *testing.T) {
	s := newShelf(t, 30)
	s.save()
	s.submit("unlabelled", "hello", models.Approve)
	if err := s.Erase(t.Context(), s.site.ID, "unlabelled", models.SiteAdmin); err != nil {
		t.Fatal(err)
	}
	if !s.saved() {
		t.Error("erasing what taught nothing cost the file")
	}
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), s.site.ID, "c4", models.SiteAdmin); err != nil {
		t.Fatal(err)
	}
	if s.saved() {
		t.Fatal("the file outlived the erasure")
	}
	s.teach("new", models.Ham)
	s.save()
	if s.saved() {
		t.Fatal("a model was saved that still knows the words of the erased comment")
	}

	// As after a crash between the erasure and the end of the file.
	if err := os.WriteFile(s.path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	m, log := s.restart()
	if !strings.Contains(log, "built anew") || s.saved() {
		t.Errorf("the file is there: %v; logged %s", s.saved(), log)
	}
	s.mustScore(m, s.rebuilt())

	if err := s.learner.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.save()
	if !s.saved() {
		t.Fatal("after the rebuild nothing was saved")
	}
	m, _ = s.restart()
	s.mustScore(m, s.rebuilt())
}

func TestAModelThatIsNotOfTheLogIsNotSaved(t *testing.T) {
	s := newShelf(t, 30)
	s.save()
	if _, err := s.store.RemoveSite(t.Context(), s.site.Name); err != nil {
		t.Fatal(err)
	}
	if err := s.store.PurgeSite(t.Context(), s.site.Name); err != nil { // and the model is not rebuilt
		t.Fatal(err)
	}
	fold := models.LogEntry{Seq: s.model.Seq() + 1, SiteID: s.site.ID, Shared: true, Label: models.Ham}
	if err := s.model.Fold(fold); err != nil {
		t.Fatal(err)
	}
	s.save()
	if s.saved() {
		t.Fatal("a model of labels that are gone is in the file")
	}
}
