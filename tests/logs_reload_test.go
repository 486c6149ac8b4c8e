package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// dropRules drop the entries whose message has a word, by a rule named after it.
func dropRules(word string) string {
	return fmt.Sprintf("filter:\n  - {name: drop-%[1]s, when: message.contains(\"%[1]s\"), action: drop}\n", word)
}

// reloads is a server whose rules file changes while a stream is open.
type reloads struct {
	*logServer

	path   string
	stream *logStream
	sent   int64
	want   indexedLogs
	told   *logTally
}

// TestChangedRulesHoldWhileAStreamRuns changes the rules file under an open
// stream: each frame goes through the rules of its time, and a file that is not
// valid changes nothing.
func TestChangedRulesHoldWhileAStreamRuns(t *testing.T) {
	path := writeRules(t, dropRules("red"))
	r := &reloads{path: path, told: newLogTally(), logServer: startLogs(t, "--rules-file", path, "--store-batch-interval", "50ms")}
	ctx := bounded(t)
	r.stream, _ = r.mustOpen(ctx, t, logProducer("reloads", 0))
	r.send(ctx, t, "red")
	r.replace(t, dropRules("green"), "took over the changed rules file")
	r.send(ctx, t, "green")
	r.replace(t, "filter:\n  - {name: bad, when: mesage == \"x\", action: drop}\n", "the rules before it stay in force")
	require.Contains(t, r.Logs(), "line 2", "the log names the line")
	r.send(ctx, t, "green")
	r.replace(t, "filter: [", "the rules before it stay in force")
	r.send(ctx, t, "green")
	r.replace(t, dropRules("red"), "took over the changed rules file")
	r.send(ctx, t, "red")
	receipt, err := r.stream.finish()
	require.NoError(t, err)
	counts := map[string]int64{}
	for _, c := range receipt.GetRuleCounts() {
		counts[c.GetRule()] += c.GetCount()
	}
	require.Equal(t, map[string]int64{"drop-red": 2, "drop-green": 3}, counts)
	require.Equal(t, r.told.filtered, receipt.GetFilteredCount())
	require.Equal(t, r.told.indexed, receipt.GetIndexedCount())
	require.Equal(t, r.told.indexed+r.told.filtered, receipt.GetTotalReceived())
	r.requireSearched(ctx, t, r.want, nil, waitFor("reloads", r.sent))
	requireTotals(t, r.told.totals(0), receipt.GetEpochTotals())

	require.NoError(t, r.Terminate(realTime))
	replaceRules(t, path, "filter: [")
	outcome := testkit.Run(t, 20*time.Second, logsBinary(t),
		"--listen", "127.0.0.1:0", "--admin-listen", "", "--data-dir", r.dataDir, "--rules-file", path)
	require.NotZero(t, outcome.ExitCode, "a service does not start with rules that are not valid")
	require.Contains(t, outcome.Output, path)
}

// send sends a frame of a red and a green entry, and waits until the server has
// taken it in. It drops the one of a colour.
func (r *reloads) send(ctx context.Context, t *testing.T, dropped string) {
	t.Helper()
	r.sent++
	var frame []sentEntry
	for _, colour := range []string{"red", "green"} {
		e := plainLog(colour, r.sent)
		if colour == dropped {
			e.want = nil
		}
		frame = append(frame, e)
	}
	r.want = r.want.with(frame...)
	r.told.take(r.sent, frame)
	require.NoError(t, r.stream.send(logFrame(r.sent, logEntries(frame)...)))
	r.awaitDurable(ctx, t, "reloads", r.sent)
}

// replace changes the rules file and waits until the log tells of it.
func (r *reloads) replace(t *testing.T, rules, told string) {
	t.Helper()
	before := strings.Count(r.Logs(), told)
	replaceRules(t, r.path, rules)
	require.Eventually(t, func() bool { return strings.Count(r.Logs(), told) > before }, realTime, 10*time.Millisecond)
}

// TestBatchesAreStoredInTheirTimeOrByAFlush goes to both ends of the interval.
func TestBatchesAreStoredInTheirTimeOrByAFlush(t *testing.T) {
	ctx := bounded(t)
	count := func(s *logServer) int {
		found, _, err := s.search(ctx, oldestFirst(nil))
		require.NoError(t, err)
		return len(found)
	}
	t.Run("50ms", func(t *testing.T) {
		s := startLogs(t, "--store-batch-interval", "50ms")
		_, err := s.deliver(ctx, logProducer("p", 0), logFrame(1, plainLog("a", 1).logEntry))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return count(s) == 1 }, realTime, 10*time.Millisecond)
	})
	t.Run("1m", func(t *testing.T) {
		s := startLogs(t, "--store-batch-interval", "1m")
		for sequence := range int64(3) {
			_, err := s.deliver(ctx, logProducer("p", 0), logFrame(sequence+1, plainLog("a", sequence).logEntry))
			require.NoError(t, err)
			require.Equal(t, int(sequence), count(s), "the last one waits for its batch")
			require.Equal(t, sequence, s.mustPosition(ctx, t, "p").GetApplied())
			_, err = s.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
			require.NoError(t, err)
			require.Equal(t, int(sequence+1), count(s), "a flush stores it")
			require.Equal(t, sequence+1, s.mustPosition(ctx, t, "p").GetApplied())
		}
		require.NoError(t, s.sdk(t).FlushLogs(ctx), "a flush of nothing")
	})
	t.Run("by_rows", func(t *testing.T) {
		s := startLogs(t, "--store-batch-interval", "1m", "--store-batch-entries", "5")
		_, err := s.deliver(ctx, logProducer("p", 0), logFrame(1, logEntries(plainLogs("a", 0, 5))...))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return count(s) == 5 }, realTime, 10*time.Millisecond)
	})
	for _, interval := range []string{"49ms", "61s"} {
		outcome := testkit.Run(t, 20*time.Second, logsBinary(t), "--listen", "127.0.0.1:0", "--admin-listen", "",
			"--data-dir", t.TempDir(), "--store-batch-interval", interval)
		require.NotZero(t, outcome.ExitCode)
		require.Contains(t, outcome.Output, "store.batch_interval must be from 50ms to 1m")
	}
}
