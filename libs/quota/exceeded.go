package quota

import (
	"fmt"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Exceeded returns the problem of a tenant that has hit a limit: reason
// QUOTA_EXCEEDED with the limit's key in the service's configuration. The text is
// for the caller, and says what to do.
func Exceeded(key string, limit int64, format string, args ...any) *problem.Error {
	text := fmt.Sprintf(format, args...)
	refusal := problem.New(problem.QuotaExceeded, "%s", text)
	refusal.Violations = []problem.Violation{{Subject: "tenant", Limit: key, Value: limit, Description: text}}
	return refusal
}
