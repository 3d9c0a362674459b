package classifier

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// What is passed over quickly must be what normalising in full would give.
func TestPlainTextsAreWhatNormalisingMakesOfThem(t *testing.T) {
	var common []rune
	for r := rune(' '); r < 0x3000; r++ {
		if !normal(r) {
			continue
		}
		common = append(common, r)
		if s := string(r); !norm.NFKC.IsNormalString(s) || formatting(r) || undisguise(r) != 0 {
			t.Errorf("%U is no normal character", r)
		}
	}
	random := rand.New(rand.NewPCG(11, 12))
	found := 0
	for range 20_000 {
		var text []rune
		for range 1 + random.IntN(5) {
			text = append(text, common[random.IntN(len(common))])
			if random.IntN(2) == 0 {
				text = append(text, []rune("v iа—")[random.IntN(5)])
			}
		}
		s := string(text)
		if !plain(s) {
			continue
		}
		found++
		var n normaliser
		n.reset()
		if got := string(n.normaliseUnicode(s)); got != s || n.traits != (traits{}) {
			t.Fatalf("%q is plain, but normalised %q, %+v", s, got, n.traits)
		}
	}
	if found < 1000 || found > 19_000 {
		t.Errorf("%d texts of 20,000 are plain", found)
	}
	for _, disguised := range []string{"vі", "іv", "über пayрal", "e\u0301", "ﬁne", "a\u200bb", "１", "\xff", "х1x"} {
		if plain(disguised) {
			t.Errorf("%q is not plain", disguised)
		}
	}
}
