package pipeline

import (
	"strconv"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// redact takes secrets out of the message and of the fields' names and values.
func (r *Runner) redact(e *entry.Entry) {
	hits := len(r.Hits)
	e.Message = r.pipeline.redactor.Message(e.Message, r.onRedact)
	kept := e.Fields[:0]
	for _, field := range e.Fields {
		name, value, keep := r.pipeline.redactor.Field(field.Name, field.Value, r.onRedact)
		if !keep {
			continue
		}
		if name != field.Name {
			name = unused(kept, e.Fields, name)
		}
		kept = append(kept, entry.Field{Name: name, Value: value})
	}
	clear(e.Fields[len(kept):])
	e.Fields = kept
	if len(r.Hits) > hits {
		e.Redacted = true
	}
}

// unused returns the name, with a number when one of the fields has it: two
// names may be the same after redaction.
func unused(kept, sent []entry.Field, name string) string {
	candidate := name
	for n := 2; indexOf(kept, candidate) >= 0 || indexOf(sent, candidate) >= 0; n++ {
		candidate = name + "_" + strconv.Itoa(n)
	}
	return candidate
}

// indexOf returns the place of a field, or -1.
func indexOf(fields []entry.Field, name string) int {
	for i := range fields {
		if fields[i].Name == name {
			return i
		}
	}
	return -1
}
