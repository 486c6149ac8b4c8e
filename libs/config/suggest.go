package config

import (
	"fmt"
	"maps"
	"slices"
)

// farthest is the number of edits up to which a name counts as a misspelling.
const farthest = 2

// suggest returns "; did you mean X?" for the known name that is closest to an
// unknown one, or nothing when none is close. format is how X is written.
func suggest(unknown string, known map[string]*field, format string) string {
	best, distance := "", farthest+1
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if d := edits(unknown, name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean "+format+"?", best)
}

// edits is the Levenshtein distance of two names in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
