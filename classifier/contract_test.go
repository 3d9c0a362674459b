package classifier

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/jbrukh/bayesian"

	"github.com/winnowd/winnow/models"
)

// These tests pin what the count store relies on in github.com/jbrukh/bayesian
// v1.1.0: its smoothing has changed in a patch release before.

func TestStoreGivesExactCountsByTheRatioToAnUnseenWord(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	store := bayesian.NewClassifier(hamClass, spamClass)
	want := map[bayesian.Class]map[string]int{hamClass: {}, spamClass: {}}
	var words []string
	for i := range 5000 {
		w := strconv.Itoa(i)
		words = append(words, w)
		for class, counts := range want {
			if n := r.IntN(4) * r.IntN(1000); n > 0 {
				store.Observe(w, n, class)
				counts[w] = n
			}
		}
	}
	got := store.WordFrequencies(append([]string{unseenWord}, words...))
	for row, class := range classes {
		for i, w := range words {
			exact := got[row][i+1]/got[row][0] - 1
			if math.Abs(exact-float64(want[class][w])) > 1e-9 {
				t.Fatalf("count of %q in %s is %v, want %d", w, class, exact, want[class][w])
			}
		}
	}
}

func TestStoreAnswersZeroForAnEmptyClass(t *testing.T) {
	store := bayesian.NewClassifier(hamClass, spamClass)
	store.Observe("word", 3, hamClass)
	got := store.WordFrequencies([]string{unseenWord, "word"})
	if n := got[spamRow][1]/got[spamRow][0] - 1; n != 0 {
		t.Errorf("count in the class that learnt nothing is %v, want 0", n)
	}
	if n := got[hamRow][1]/got[hamRow][0] - 1; math.Round(n) != 3 {
		t.Errorf("count in the other class is %v, want 3", n)
	}
}

func TestStoreTakesBackWhatItObserved(t *testing.T) {
	store := bayesian.NewClassifier(hamClass, spamClass)
	probe := []string{unseenWord, "a", "b", "c"}
	store.Observe("a", 1, spamClass)
	store.Observe("b", 2, spamClass)
	before, total := store.WordFrequencies(probe), store.WordCount()
	store.Observe("a", 1, spamClass)
	store.Observe("b", 1, spamClass)
	store.Observe("a", -1, spamClass)
	store.Observe("b", -1, spamClass)
	after := store.WordFrequencies(probe)
	for i := range probe {
		if before[spamRow][i] != after[spamRow][i] {
			t.Errorf("frequency of %q is %v after taking back, was %v", probe[i], after[spamRow][i], before[spamRow][i])
		}
	}
	if now := store.WordCount(); now[spamRow] != total[spamRow] || now[spamRow] != 3 {
		t.Errorf("total is %d after taking back, was %d", now[spamRow], total[spamRow])
	}
}

func TestStoreDoesNotGuardAgainstNegativeCounts(t *testing.T) {
	store := bayesian.NewClassifier(hamClass, spamClass)
	store.Observe("a", 5, spamClass)
	store.Observe("b", -2, spamClass)
	if p := store.WordFrequencies([]string{"b"})[spamRow][0]; p >= 0 {
		t.Errorf("frequency of a word counted -2 times is %v: the store guards now, and brain.knows need not", p)
	}
}

func TestStoreKeepsWordsThatFellToZero(t *testing.T) {
	store := bayesian.NewClassifier(hamClass, spamClass)
	store.Observe("a", 1, spamClass)
	store.Observe("b", 1, spamClass)
	store.Observe("b", -1, spamClass)
	if _, kept := store.WordsByClass(spamClass)["b"]; !kept {
		t.Error("a word that fell to zero is gone: a rebuild need not compact")
	}
	// It makes the vocabulary larger, and the ratio is exact all the same.
	f := store.WordFrequencies([]string{unseenWord, "a", "b"})[spamRow]
	if a, b := math.Round(f[1]/f[0]-1), math.Round(f[2]/f[0]-1); a != 1 || b != 0 {
		t.Errorf("counts are %v and %v, want 1 and 0", a, b)
	}
}

// TestRecordsAreWhatTheStoreCounts goes through labels, relabels and retractions of
// several sites, and compares every count that is kept at hand with the store's, which
// follows hundreds of them at once.
func TestRecordsAreWhatTheStoreCounts(t *testing.T) {
	lessons := bundledLessons(t)
	log, _ := history(rand.New(rand.NewPCG(5, 5)), maxPending+100, lessons)
	folded, rebuilt := newModel(t), newModel(t)
	fold(t, folded, log...)
	if err := rebuilt.Rebuild(t.Context(), logOf(log)); err != nil {
		t.Fatal(err)
	}
	fold(t, rebuilt, says(1<<40, models.Spam, "casino bonus and words never seen"))
	for _, m := range []*Model{folded, rebuilt} {
		checkCounts(t, m.state.shared)
		for _, b := range m.state.sites {
			checkCounts(t, b)
		}
		if len(m.state.sites) != 3 {
			t.Errorf("%d sites have counts of their own, want 3", len(m.state.sites))
		}
	}
}

func checkCounts(t *testing.T, b *brain) {
	t.Helper()
	words := []string{documentsWord}
	for n := range b.table.records {
		words = append(words, b.counts.keys.of(&b.table, n))
	}
	b.counts.flush(&b.table)
	rows := b.counts.read(words)
	known := 0
	for row := range rows {
		if rows[row][0] != b.documents[row] {
			t.Errorf("%d documents of row %d, the store counts %d", b.documents[row], row, rows[row][0])
		}
		for n := range b.table.records {
			if have := int(b.table.records[n].have[row]); have != rows[row][n+1] {
				t.Fatalf("feature %d of row %d: %d, the store counts %d", n, row, have, rows[row][n+1])
			}
		}
	}
	for n := range b.table.records {
		if b.table.records[n].have != [2]uint32{} {
			known++
		}
	}
	if known != b.features {
		t.Errorf("%d features, counted %d", known, b.features)
	}
}
