package core

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

func TestAnEntryThatRedactionMakesTooLargeIsRejected(t *testing.T) {
	rules, err := pipeline.CompileForTest([]byte("redact: {patterns: [{name: " + strings.Repeat("n", 64) + ", pattern: x}]}"))
	require.NoError(t, err)
	limits := DefaultLimits()
	for _, c := range []struct {
		message, value string
		became         fate
		reason         logaggv1.LogErrorReason
		words          string
	}{
		{strings.Repeat("x", 1000), strings.Repeat("x", 800), indexed, noReason, ""},
		{strings.Repeat("x", 10_000), "", rejected, messageTooLong, "has 750000 bytes; at most 262144 are accepted"},
		{"", strings.Repeat("x", 1000), rejected, fieldValueTooLong, "field 1 of 1 has a value of 75000 bytes; at most 32768 are accepted"},
	} {
		now := time.Now()
		e := entry.Entry{
			Application: "a", Timestamp: now.UnixNano(), Message: c.message, Fields: []entry.Field{{Name: "k", Value: c.value}},
		}
		checked := limits.Rules("acme", now)
		became, reason := process(&e, &checked, rules.Runner())
		require.Equal(t, c.became, became)
		require.Equal(t, c.reason, reason)
		if reason != noReason {
			require.Contains(t, checked.Explain(1, 0, &e, reason).GetDescription(), c.words)
		}
	}
}
