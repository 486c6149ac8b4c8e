package redact

// Work returns how many bytes the matchers read of a text beyond the one pass.
func (r *Redactor) Work(text string) int {
	s := scan{r: r, text: text}
	s.run()
	return s.work
}
