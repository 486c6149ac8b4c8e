package pipeline

// HasSecret reports whether the redaction would take something out of a field, or
// of a message where the name is empty. It is safe for concurrent use.
func (p *Pipeline) HasSecret(name, value string) bool {
	hit := false
	if name == "" {
		p.redactor.Message(value, func(int) { hit = true })
	} else {
		p.redactor.Field(name, value, func(int) { hit = true })
	}
	return hit
}
