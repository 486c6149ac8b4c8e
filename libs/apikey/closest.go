package apikey

// farthest is the number of edits up to which a word counts as a misspelling.
const farthest = 3

// closest returns the known word that word was probably meant to be, or "".
func closest(word string, known []string) string {
	if len(word) > 64 {
		return ""
	}
	best, distance := "", farthest+1
	for _, candidate := range known {
		if d := edits(word, candidate); d < min(distance, len(candidate)) {
			best, distance = candidate, d
		}
	}
	return best
}

// edits is the Levenshtein distance of two words in bytes.
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
