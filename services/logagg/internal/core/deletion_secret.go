package core

import (
	"fmt"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// RefuseSecrets returns a problem where a filter names a secret that redaction
// takes out of entries: no entry can have it, and the journal would keep it.
func (a *Aggregator) RefuseSecrets(filter *logaggv1.LogFilter) error {
	rules := a.pipelines.Current()
	for i, text := range filter.GetTexts() {
		if rules.HasSecret("", text.GetText()) {
			return secretIn(fmt.Sprintf("filter.texts[%d]", i))
		}
	}
	for i, field := range filter.GetFields() {
		if rules.HasSecret(field.GetName(), field.GetValue()) {
			return secretIn(fmt.Sprintf("filter.fields[%d]", i))
		}
	}
	return nil
}

func secretIn(field string) error {
	return problem.InField(problem.FieldInvalid, field,
		"has a secret, which no entry keeps; look for what stands beside it")
}
