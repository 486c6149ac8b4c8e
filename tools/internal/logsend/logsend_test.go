package logsend_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

const twoEntries = "2024-01-02 03:04:05,678 ERROR x\n\tat y\n2024-01-02 03:04:06,678 INFO z\n"

func TestAFeedKnowsWhereEachEntryBegins(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.json")
	require.NoError(t, os.WriteFile(a, []byte(twoEntries), 0o600))
	require.NoError(t, os.WriteFile(b, []byte(`{"ts":1448841245,"msg":"m","level":"warn","k":"v"}`), 0o600))
	var found, failed []string
	feed := &logsend.Feed{
		Paths: []string{a, filepath.Join(dir, "gone.log"), b}, Skip: 1,
		Options: logfile.Options{Location: time.UTC},
		Found:   func(path string, f logfile.Format) { found = append(found, filepath.Base(path)+" "+string(f)) },
		Failed: func(path string, err error) {
			failed = append(failed, filepath.Base(path))
			require.ErrorContains(t, err, "no such file")
		},
	}
	entries := make(chan *client.LogEntry, 10)
	feed.Run(t.Context(), entries)
	require.Len(t, entries, 2)
	require.Equal(t, "z", (<-entries).Message)
	last := <-entries
	require.Equal(t, &client.LogEntry{
		Application: "b", Level: "warn", Message: "m", Time: last.Time, Fields: map[string]string{"k": "v"},
	}, last)
	require.True(t, last.Time.Equal(time.Unix(1448841245, 0)))
	_, open := <-entries
	require.False(t, open)

	require.Equal(t, []string{"a.log log4j", "b.json json"}, found)
	require.Equal(t, []string{"gone.log"}, failed)
	require.Equal(t, int64(1), feed.Skipped())
	for entry, want := range map[int64]string{0: a + ":3", 1: b + ":1"} {
		require.Equal(t, want, logsend.Summary{Place: feed.Place}.Where(client.LogError{Entry: entry}))
	}
	require.Equal(t, "frame 7, entry 2", logsend.Summary{Place: feed.Place}.Where(client.LogError{Entry: -1, Sequence: 7, Index: 2}))
	require.Equal(t, []logsend.Report{
		{Path: a, Format: logfile.FormatLog4j, Stats: logfile.Stats{Lines: 3, Entries: 2, Joined: 1}},
		{Path: b, Format: logfile.FormatJSON, Stats: logfile.Stats{Lines: 1, Entries: 1}},
	}, feed.Reports())
}

func TestAFeedStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	feed := &logsend.Feed{
		Paths: []string{logfile.Stdin}, Stdin: r,
		Found: func(string, logfile.Format) {}, Failed: func(string, error) { t.Error("a stop is no failure") },
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		feed.Run(ctx, make(chan *client.LogEntry))
	}()
	_, err := w.Write([]byte("one\ntwo\n"))
	require.NoError(t, err)
	cancel()
	<-ended
	require.NoError(t, w.Close())
}

func TestTheFirstEntriesAreCollected(t *testing.T) {
	feed := func() *logsend.Feed {
		return &logsend.Feed{Paths: []string{logfile.Stdin}, Stdin: strings.NewReader(twoEntries), Found: func(string, logfile.Format) {}}
	}
	for name, test := range map[string]struct {
		count, bytes, want int
		more               bool
	}{
		"all":             {2, 1000, 2, false},
		"so many":         {1, 1000, 1, true},
		"so many bytes":   {9, len("x\n\tat y"), 1, true},
		"too few for any": {9, 1, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			entries, more, err := feed().Collect(t.Context(), test.count, test.bytes)
			require.NoError(t, err)
			require.Len(t, entries, test.want)
			require.Equal(t, test.more, more)
		})
	}
	gone := &logsend.Feed{Paths: []string{"gone.log"}}
	_, _, err := gone.Collect(t.Context(), 1, 1)
	require.ErrorContains(t, err, "gone.log: no such file")
}

func TestSummaryShowsOutcomesReasonsAndRules(t *testing.T) {
	s := logsend.Summary{
		Result: &client.LogResult{
			Received: 1030, Indexed: 1000, Filtered: 15, Rejected: 5, Duplicates: 10, Redacted: 12, Duration: time.Second, Rate: 1030, Frames: 2,
			ProducerID: "p", Epoch: 1, Position: client.Position{Durable: 9},
			ErrorCounts: map[string]int64{"A": 4, "B": 1},
			Errors: []client.LogError{
				{Entry: 0, Reason: "A", Field: "f", Description: "one"}, {Entry: 1, Reason: "A", Description: "two"},
				{Entry: -1, Sequence: 2, Index: 3, Reason: "A", Description: "three"}, {Entry: 4, Reason: "A", Description: "four"},
			},
			RuleCounts: []client.RuleCount{
				{RuleHit: client.RuleHit{Stage: client.StageFilter, Rule: "no-debug"}, Count: 15},
				{RuleHit: client.RuleHit{Stage: client.StageRedact, Rule: "card"}, Count: 1200},
			},
		},
		Reports: []logsend.Report{
			{Path: "x.log", Format: logfile.FormatRFC3164, Stats: logfile.Stats{Lines: 2000, Entries: 1030, Unparsed: 1, Joined: 969, Shortened: 2}},
			{Path: "-", Format: logfile.FormatPlain, Stats: logfile.Stats{Lines: 1, Entries: 1, Repaired: 1}},
		},
		Skipped: 1, FailedInputs: 3,
		Place: func(entry int64) (string, int, bool) { return "x.log", int(entry) + 2, entry >= 0 },
	}
	require.False(t, s.Complete())
	require.False(t, s.NothingNew())
	require.Equal(t, `x.log: syslog (RFC 3164), 2,000 lines, 1,030 entries
standard input: plain text, 1 line, 1 entry
1,030 entries in 1.00s (1,030 entries/s)
  1,000 indexed, 12 of them redacted
     15 left out by filter rules
     10 known already and dropped
      5 rejected:
      4 A
          x.log:2  f: one
          x.log:3  two
          frame 2, entry 3  three
      1 B
hits by rule:
  filter  no-debug  15
  redact  card      1,200
1 entry passed over, which the producer has sent before
969 lines were joined to the entry before them
1 line was not in the format and is an entry of plain text
2 entries were too long and were cut
1 line was not UTF-8 and was repaired
3 inputs failed`, s.Text())
	require.Equal(t, "producer p, epoch 1, 2 frames\n"+
		"a search may not see them for up to 1 s, the batch interval by default; with --wait p:9 it does", s.Receipt())
	require.Equal(t, "1 entry of the input had come before under producer p and epoch 1 and was passed over; "+
		"if this is other input, give --epoch 2", s.Warning())
}
