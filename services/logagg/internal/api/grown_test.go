package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// copies sets so many fields to the message.
func copies(fields int) string {
	var rules strings.Builder
	rules.WriteString("enrich: [{name: copies, set: {")
	for i := range fields {
		fmt.Fprintf(&rules, "f%d: message, ", i)
	}
	rules.WriteString("}}]")
	return rules.String()
}

func TestAFrameThatTheRulesMakeTooLargeIsRefused(t *testing.T) {
	h := newHarness(t)
	h.rules.use(t, copies(64))
	rpc, next := h.open(t.Context(), t, "p")
	entries := make([]*logaggv1.LogEntry, 1000)
	for i := range entries {
		entries[i] = entry(int64(i), "info", strings.Repeat("x", 500))
	}
	require.NoError(t, rpc.Send(&logaggv1.CollectLogsRequest{Sequence: next, Entries: entries}))
	_, err := rpc.CloseAndRecv()
	require.Equal(t, codes.InvalidArgument, status.Code(err), "it is not sent again: %v", err)
	require.ErrorContains(t, err, "send smaller frames")
	require.Equal(t, int64(1), h.collect(t.Context(), t, "p", entries[:1]).GetIndexedCount(), "a smaller one is taken")
}
