package classifier

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/jbrukh/bayesian"
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
		t.Errorf("frequency of a word counted -2 times is %v: the store guards now, and counts.unlearn need not", p)
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

func TestStoreSurvivesGobAndRefusesAPieceOfIt(t *testing.T) {
	store := bayesian.NewClassifier(hamClass, spamClass)
	store.Observe("a", 7, hamClass)
	store.Observe("b", 2, spamClass)
	var file bytes.Buffer
	if err := store.WriteGob(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	read, err := bayesian.NewClassifierFromReader(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	probe := []string{unseenWord, "a", "b"}
	a, b := store.WordFrequencies(probe), read.WordFrequencies(probe)
	for row := range a {
		for i := range probe {
			if a[row][i] != b[row][i] {
				t.Errorf("frequency of %q is %v after reading back, was %v", probe[i], b[row][i], a[row][i])
			}
		}
	}
	if _, err := bayesian.NewClassifierFromReader(bytes.NewReader(whole[:len(whole)/2])); err == nil {
		t.Error("half a file was read without an error")
	}
}
