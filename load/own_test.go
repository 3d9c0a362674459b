package load_test

import (
	"testing"

	"github.com/winnowd/winnow/load"
)

func TestOwnCommentsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range load.OwnComments() {
		if seen[c.Content] {
			t.Fatalf("twice: %s", c.Content)
		}
		seen[c.Content] = true
	}
	if len(seen) == 0 {
		t.Fatal("no comments")
	}
}
