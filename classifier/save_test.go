package classifier

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// eventful makes a log of three sites, of which one keeps its labels to itself, with
// labels taken back, soon or late.
func eventful(t testing.TB, n int) []models.LogEntry {
	t.Helper()
	examples, w := loadExamples(t), newWriter()
	w.words = 2000
	var log, standing []models.LogEntry
	for seq := int64(1); len(log) < n; seq += 1 + int64(w.IntN(3)) {
		if len(standing) > 0 && w.IntN(7) == 0 {
			at := len(standing) - 1 // the newest, or any
			if w.IntN(2) == 0 {
				at = w.IntN(len(standing))
			}
			log = append(log, retract(seq, standing[at]))
			standing = slices.Delete(standing, at, at+1)
			continue
		}
		e := w.entry(seq)
		if w.IntN(3) == 0 {
			e = examples[w.IntN(len(examples))].entry(seq)
		}
		e.SiteID = int64(1 + w.IntN(3))
		e.Shared = e.SiteID != 3
		log, standing = append(log, e), append(standing, e)
	}
	return log
}

func withStarter(t testing.TB) *Model {
	t.Helper()
	starter, err := Bundled()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(Options{Epoch: "test", Starter: starter})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func marked(mark string) func(int64, int) (string, error) {
	return func(int64, int) (string, error) { return mark, nil }
}

func expecting(mark string) func(int64, string) (bool, error) {
	return func(_ int64, got string) (bool, error) { return got == mark, nil }
}

func save(t testing.TB, m *Model, path string) {
	t.Helper()
	if err := m.SaveFile(path, marked("mark")); err != nil {
		t.Fatal(err)
	}
}

// sameState compares all that two models know, and what they score.
func sameState(t *testing.T, what string, a, b *Model) {
	t.Helper()
	one, other := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	save(t, a, one)
	save(t, b, other)
	x, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) {
		t.Fatalf("%s: the models differ", what)
	}
	for _, e := range loadExamples(t)[:20] {
		for site := int64(1); site <= 4; site++ {
			c := e.toCase()
			c.Site.ID = site
			if p, q := a.Score(c), b.Score(c); p.Score != q.Score || p.Cutoffs != q.Cutoffs || p.ModelVersion != q.ModelVersion {
				t.Fatalf("%s: %v and %v", what, p, q)
			}
		}
	}
}

// checkStore compares every brain's count store with its table.
func checkStore(t *testing.T, m *Model) {
	t.Helper()
	brains := []*brain{m.state.shared}
	for _, b := range m.state.sites {
		brains = append(brains, b)
	}
	for _, b := range brains {
		if b.counts.behind {
			t.Fatal("the count store is behind")
		}
		words := []string{documentsWord}
		for n := range b.table.records {
			words = append(words, b.counts.keys.of(&b.table, n))
		}
		b.counts.flush(&b.table)
		rows := b.counts.read(words)
		for row := range rows {
			if rows[row][0] != b.documents[row] {
				t.Fatalf("the store has %d documents, want %d", rows[row][0], b.documents[row])
			}
			for n := range b.table.records {
				have := b.table.records[n].have
				if rows[row][n+1] != int(have[row]) {
					t.Fatalf("the store has feature %d %d times, want %d", n, rows[row][n+1], have[row])
				}
			}
		}
	}
}

// Wherever a model is saved and loaded in a log, it ends as if that had never been.
func TestASavedModelGoesOnAsIfItHadNeverStopped(t *testing.T) {
	log := eventful(t, 500)
	whole := withStarter(t)
	random := rand.New(rand.NewPCG(3, 4))
	path := filepath.Join(t.TempDir(), "model")
	one := withStarter(t)
	for i, e := range log {
		fold(t, whole, e)
		fold(t, one, e)
		if random.IntN(20) != 0 && i != len(log)-1 {
			continue
		}
		save(t, one, path)
		next := withStarter(t)
		if err := next.LoadFile(path, expecting("mark")); err != nil {
			t.Fatal(err)
		}
		if random.IntN(2) == 0 {
			next.FillCounts(t.Context())
		} else {
			next.fillSome() // the rest while labels come
		}
		sameState(t, "after loading", one, next)
		one = next
	}
	sameState(t, "at the end", whole, one)
	one.FillCounts(t.Context())
	checkStore(t, one)

	rebuilt := withStarter(t)
	if err := rebuilt.Rebuild(t.Context(), logOf(log)); err != nil {
		t.Fatal(err)
	}
	for _, e := range loadExamples(t) {
		if a, b := one.Score(e.toCase()), rebuilt.Score(e.toCase()); a.Score != b.Score {
			t.Fatalf("loaded %v, rebuilt %v", a.Score, b.Score)
		}
	}
}

func TestALoadedModelTakesTheNewestLabelBackExactly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	m := withStarter(t)
	examples := loadExamples(t)
	for i := range 60 { // at some of these places weights are trained anew
		e := examples[i].entry(int64(i + 1))
		scores := func(m *Model) (all []float64) {
			for k := range examples {
				all = append(all, m.Score(examples[k].toCase()).Score)
			}
			return all
		}
		before := scores(m)
		fold(t, m, e)
		save(t, m, path)
		loaded := withStarter(t)
		if err := loaded.LoadFile(path, expecting("mark")); err != nil {
			t.Fatal(err)
		}
		fold(t, loaded, retract(int64(i+2), e))
		if after := scores(loaded); !slices.Equal(before, after) {
			t.Fatalf("label %d left a trace", i+1)
		}
	}
}

func TestADamagedModelIsNeverLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	m := withStarter(t)
	fold(t, m, eventful(t, 60)...)
	save(t, m, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fresh := withStarter(t)
	refuse := func(what string, file []byte) {
		t.Helper()
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := fresh.LoadFile(path, expecting("mark")); !errors.Is(err, ErrSaved) {
			t.Fatalf("%s: error is %v", what, err)
		}
		if fresh.Seq() != 0 || fresh.Tokens() != 0 {
			t.Fatalf("%s: something was learnt", what)
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		flipped := slices.Clone(whole)
		at := random.IntN(len(flipped))
		flipped[at] ^= 1 << random.IntN(8)
		refuse("a flipped bit", flipped)
	}
	for range 50 {
		refuse("cut off", whole[:random.IntN(len(whole))])
	}
	for at := range 100 {
		refuse("cut off", whole[:at])
	}
	refuse("too long", append(slices.Clone(whole), 0))
	refuse("other bytes", []byte("winnow model 4\n"))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fresh.LoadFile(path, expecting("mark")); err != nil {
		t.Fatal(err)
	}
}

func TestAModelOfOtherRulesIsNotLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	m := withStarter(t)
	fold(t, m, eventful(t, 30)...)
	save(t, m, path)
	other, err := New(Options{Epoch: "other", Starter: m.starter})
	if err != nil {
		t.Fatal(err)
	}
	tuned := withStarter(t)
	tuned.tuning.rate *= 1.0001
	for what, try := range map[string]*Model{"no starter": newModel(t), "another epoch": other, "another rate": tuned} {
		if err := try.LoadFile(path, expecting("mark")); !errors.Is(err, ErrSaved) {
			t.Errorf("%s: error is %v", what, err)
		}
	}
	if err := m.LoadFile(path, expecting("another")); !errors.Is(err, ErrSaved) {
		t.Errorf("another log: error is %v", err)
	}
	failed := errors.New("no answer")
	if err := m.LoadFile(path, func(int64, string) (bool, error) { return false, failed }); !errors.Is(err, failed) {
		t.Errorf("no answer about the log: error is %v", err)
	}
	if err := m.LoadFile(path+"-none", expecting("mark")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error is %v", err)
	}
}

func TestASaveThatFailsLeavesTheFileBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	m := withStarter(t)
	log := eventful(t, 40)
	fold(t, m, log[:20]...)
	save(t, m, path)
	fold(t, m, log[20:]...)
	failed := errors.New("no mark")
	if err := m.SaveFile(path, func(int64, int) (string, error) { return "", failed }); !errors.Is(err, failed) {
		t.Fatalf("error is %v", err)
	}
	loaded := withStarter(t)
	if err := loaded.LoadFile(path, expecting("mark")); err != nil || loaded.Seq() != log[19].Seq {
		t.Fatalf("loaded seq %d, error %v", loaded.Seq(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files are left, error %v", len(entries), err)
	}
	if about, err := os.Stat(path); err != nil || about.Mode().Perm() != 0o600 {
		t.Fatalf("mode is %v, error %v", about.Mode(), err)
	}
}

func FuzzLoad(f *testing.F) {
	path := filepath.Join(f.TempDir(), "model")
	m := newModel(f)
	fold(f, m, eventful(f, 12)...)
	save(f, m, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), whole[len(savedMagic):])
	f.Add(uint32(40), []byte{255, 255, 255, 255, 255, 255, 255, 127})
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		file := slices.Clone(whole)
		copy(file[int(at)%len(file):], patch)
		r := newModelReader(bytes.NewReader(file), int64(len(file)))
		h := r.header()
		if s, err := r.state(&m.tuning, h.seq); err == nil && s.shared.table.len() > len(file) {
			t.Fatal("more was read than there is")
		}
	})
}
