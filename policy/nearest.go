package policy

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean ends a message about an unknown name: with the nearest known name if
// it is near, else with all of them. known must not be empty.
func didYouMean(name string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		if d := distance(name, k); best == "" || d < least {
			best, least = k, d
		}
	}
	if least <= max(2, len(best)/2) {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "known are " + enumerate(known, "and")
}

// enumerate joins names as a sentence does: a, b and c.
func enumerate(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	n := len(names) - 1
	return strings.Join(names[:n], ", ") + " " + last + " " + names[n]
}

// distance is the optimal string alignment distance of two names: how many
// characters must be inserted, removed, replaced or swapped with their neighbour.
// A name longer than any known one is compared by its beginning.
func distance(a, b string) int {
	const most = 64
	s, t := []rune(a[:min(len(a), most)]), []rune(b)
	older, old, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		older, old, row = old, row, older
		row[0] = i + 1
		for j := range t {
			change := old[j]
			if s[i] != t[j] {
				change++
			}
			row[j+1] = slices.Min([]int{change, old[j+1] + 1, row[j] + 1})
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(t)]
}
