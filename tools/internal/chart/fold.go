package chart

// Fold joins neighbours so that at most n spans are left.
func Fold(spans []Span, n int) []Span {
	group := max(1, (len(spans)+n-1)/max(1, n))
	var folded []Span
	for ; len(spans) > 0; spans = spans[min(group, len(spans)):] {
		folded = append(folded, sum(spans[:min(group, len(spans))]))
	}
	return folded
}
