package load_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

func logEnd() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// decodeLogs decodes a frame and checks that its entries are those that were
// seen.
func decodeLogs(t *testing.T, data []byte, seen []load.LogEntry) *logaggv1.CollectLogsRequest {
	t.Helper()
	var frame logaggv1.CollectLogsRequest
	require.NoError(t, proto.Unmarshal(data, &frame))
	require.Empty(t, frame.ProtoReflect().GetUnknown())
	require.Len(t, frame.GetEntries(), len(seen))
	for i, e := range frame.GetEntries() {
		decoded := load.LogEntry{
			Application: e.GetApplication(), Level: e.GetLevel(), Timestamp: e.GetTimestamp(), Message: e.GetMessage(),
			Host: e.GetFields()["host"], RequestID: e.GetFields()["request_id"],
		}
		require.Equal(t, seen[i], decoded)
		require.Len(t, e.GetFields(), 2)
		require.Empty(t, e.ProtoReflect().GetUnknown())
	}
	return &frame
}

func TestLogsAreEvenlySpreadUntilTheEnd(t *testing.T) {
	logs := load.NewLogs(logEnd(), 1000)
	for i := range 1000 {
		require.Equal(t, logEnd().Add(-time.Duration(999-i)*1800*time.Millisecond).UnixNano(), logs.Next().Timestamp)
	}
}

func TestFramesOfLogsHaveTheEntriesThatWereSeen(t *testing.T) {
	logs := load.NewLogs(logEnd(), 300)
	for sequence, count := range map[int64]int{7: 200, 8: 100} {
		var seen []load.LogEntry
		frame := logs.Frame(sequence, count, func(e *load.LogEntry) { seen = append(seen, *e) })
		require.Equal(t, sequence, decodeLogs(t, frame, seen).GetSequence())
	}
}

const logMessage = `^(GET|POST|PUT|DELETE) /api/v1/[a-z]+/\d{1,5} status=\d{3} duration=\d{1,3}\.\d{3}ms bytes=\d{1,5} ` +
	`user=u\d{1,6} remote=10(\.\d{1,3}){3} [a-z ]+$`

func TestLogsAreThoseOfTheLoad(t *testing.T) {
	const count = 30_000
	message, id := regexp.MustCompile(logMessage), regexp.MustCompile(`^[0-9a-f]{32}$`)
	logs := load.NewLogs(logEnd(), count)
	levels, applications, verbs := map[string]int{}, map[string]int{}, map[string]int{}
	hosts, ids, closings := map[string]string{}, map[string]bool{}, map[string]map[string]bool{}
	text := 0
	for range count {
		e := logs.Next()
		levels[e.Level]++
		applications[e.Application]++
		if other, known := hosts[e.Host]; known {
			require.Equal(t, other, e.Application, "a host belongs to one application")
		}
		hosts[e.Host] = e.Application
		ids[e.RequestID] = true
		require.True(t, id.MatchString(e.RequestID), e.RequestID)
		require.True(t, message.MatchString(e.Message), e.Message)
		verbs[strings.Fields(e.Message)[0]]++
		closing := strings.Join(strings.Fields(e.Message)[7:], " ")
		if closings[e.Level] == nil {
			closings[e.Level] = map[string]bool{}
		}
		closings[e.Level][closing] = true
		text += len(rawText(&e))
	}
	requireShares(t, count, levels, map[string]float64{"debug": 0.18, "info": 0.70, "warn": 0.08, "error": 0.04})
	require.Len(t, applications, load.LogApplications)
	require.Len(t, hosts, load.LogApplications*load.LogHosts)
	require.Len(t, verbs, 4)
	require.Len(t, ids, count)
	for level, phrases := range closings {
		require.Len(t, phrases, 5, level)
		require.Equal(t, level == "error", phrases["connection refused"])
	}
	require.InDelta(t, 205, text/count, 2, "bytes of raw text an entry")
}

// rawText is an entry as a line that names each thing once.
func rawText(e *load.LogEntry) string {
	return fmt.Sprintf("%s %s %s %s %s %s", time.Unix(0, e.Timestamp).UTC().Format(time.RFC3339Nano), e.Level, e.Application, e.Host, e.RequestID, e.Message)
}

func requireShares(t *testing.T, count int, got map[string]int, want map[string]float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for name, share := range want {
		require.InDelta(t, share, float64(got[name])/float64(count), 0.01, name)
	}
}

func TestLogsAreTheSameEachTime(t *testing.T) {
	first, again := load.NewLogs(logEnd(), 10), load.NewLogs(logEnd(), 10)
	for range 10 {
		require.Equal(t, first.Next(), again.Next())
	}
	// Pinned: figures compare only on the same work.
	require.Equal(t, load.LogEntry{
		Application: "search-service", Level: "error", Timestamp: logEnd().UnixNano(), Host: "host-40",
		RequestID: "7161b5e80282a81681735d46231b782f",
		Message: "POST /api/v1/invoices/36367 status=503 duration=961.099ms bytes=32248 user=u122015 " +
			"remote=10.128.181.77 deadline exceeded",
	}, load.NewLogs(logEnd(), 1).Next())
}
