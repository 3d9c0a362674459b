package configs

import "strings"

// nearest returns the known name that is most like name; the first of several.
// Known names are never empty.
func nearest(name string, known []string) string {
	const most = 64 // longer names are compared by their beginning
	if len(name) > most {
		name = name[:most]
	}
	best, least := "", 0
	for _, k := range known {
		d := distance(name, k)
		if _, leaf, _ := strings.Cut(k, "."); leaf == name {
			d = 1 // the right name, without its group
		}
		if best == "" || d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many bytes must be inserted, dropped, replaced or swapped with
// their neighbour to make b of a (optimal string alignment: Damerau-Levenshtein
// without editing a swapped pair again).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
