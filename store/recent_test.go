package store

import (
	"fmt"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestRecentPassesOverWhatWasModeratedElsewhere(t *testing.T) {
	f := open(t)
	for i := range 3 {
		f.imported(f.site, elsewhere(fmt.Sprint("i-", i), "x", models.Ham))
		f.accept(f.revision(fmt.Sprint("c-", i), "x"))
	}
	f.imported(f.site, elsewhere("i-3", "x", models.Spam))
	var got []string
	queries := 0
	for before := int64(1 << 60); before > 0; queries++ {
		list, next, err := f.Recent(t.Context(), before, 2)
		if err != nil || next >= before {
			t.Fatalf("%d after %d: %v", next, before, err)
		}
		for _, r := range list {
			got = append(got, r.Comment.ID)
		}
		before = next
	}
	if fmt.Sprint(got) != "[c-2 c-1 c-0]" || queries != 2 {
		t.Errorf("%v in %d queries", got, queries)
	}
}
