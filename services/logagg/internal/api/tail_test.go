package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

func TestATailShowsWhatComes(t *testing.T) {
	h := newHarness(t)
	h.collect(t.Context(), t, "p", []*logaggv1.LogEntry{entry(0, "error", "before")})
	_, err := h.logs.FlushLogs(t.Context(), &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
	tail, err := h.logs.TailLogs(t.Context(), &logaggv1.TailLogsRequest{Filter: &logaggv1.LogFilter{MinimumLevel: logaggv1.Level_LEVEL_WARN}})
	require.NoError(t, err)
	first, err := tail.Recv()
	require.NoError(t, err)
	require.Empty(t, first.GetEntries())
	h.collect(rpctest.As(t.Context(), "other", "me"), t, "p", []*logaggv1.LogEntry{entry(0, "error", "another tenant's")})
	h.collect(t.Context(), t, "p", []*logaggv1.LogEntry{entry(1, "info", "no"), entry(2, "error", "token=abcdef0123456789"), entry(3, "warn", "yes")})
	response, err := tail.Recv()
	require.NoError(t, err)
	require.Equal(t, []string{"token=[redacted:credentials]", "yes"}, messages(response.GetEntries()))
	require.Positive(t, response.GetEntries()[0].GetEntryId())
}

func TestATailEndsWithTheDrain(t *testing.T) {
	h := newHarness(t)
	tail, err := h.logs.TailLogs(t.Context(), &logaggv1.TailLogsRequest{})
	require.NoError(t, err)
	_, err = tail.Recv()
	require.NoError(t, err)
	h.streams.Drain()
	_, err = tail.Recv()
	require.Equal(t, rpctest.Refusal{Code: codes.Unavailable, Reason: "DRAINING"}, rpctest.RefusalOf(t, err))
}
