package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// journalFolder is the data folder of a collector with three frames of a producer.
func journalFolder(t *testing.T) string {
	t.Helper()
	return dataFolder(t, "points.duckdb", func(at, sequence int64) proto.Message {
		return &collectorv1.JournalRecord{
			Time: at, Tenant: "acme", Subject: "backup", ProducerId: "p",
			Entry: &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{
				Sequence: sequence, Points: []*collectorv1.DataPoint{{Source: strings.Repeat("s", 100), Metrics: map[string]float64{"a": 1}}},
			}},
		}
	})
}

// logJournalFolder is the data folder of a log service with three frames of a
// producer, and a secret in each of them.
func logJournalFolder(t *testing.T) string {
	t.Helper()
	return dataFolder(t, "logs.duckdb", func(at, sequence int64) proto.Message {
		entry := &logaggv1.LogRecord{Application: "secret", Timestamp: at, Message: "secret", Fields: map[string]string{"secret": "secret"}}
		return &logaggv1.JournalRecord{
			Time: at, Tenant: "acme", Subject: "backup", ProducerId: "p",
			Entry: &logaggv1.JournalRecord_Frame{Frame: &logaggv1.AcceptedFrame{
				Sequence: sequence, Entries: []*logaggv1.LogRecord{entry, entry}, FilteredCount: 400, RedactedCount: 1,
				Rejected: []*logaggv1.LogErrorCount{{Count: 5}},
			}},
		}
	})
}

// dataFolder has a store of the name, which is empty, and a journal with records.
func dataFolder(t *testing.T, store string, record func(at, sequence int64) proto.Message) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, store), nil, 0o600))
	j, _, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{MinFreeBytes: -1})
	require.NoError(t, err)
	for i := range 3 {
		data, err := proto.Marshal(record(time.Date(2026, 11, 22, 10, 0, i, 0, time.UTC).UnixNano(), int64(i+1)))
		require.NoError(t, err)
		_, err = j.Append(t.Context(), data)
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	return dir
}

func TestFsckExplainsAFolder(t *testing.T) {
	dir := journalFolder(t)
	got := sluice(t, "fsck", dir)
	require.Equal(t, 0, got.code, got.stderr)
	for _, want := range []string{
		"of             a collector: points.duckdb stands beside the journal",
		"3: 3 frames, 0 opened epochs, 0 receipts, 0 deletions", "3 accepted with 3 samples, 0 rejected", "damage         none",
		"2026-11-22 10:00:02.000 UTC", "p         acme/backup  0      3       1 to 3     3       none",
	} {
		require.Contains(t, got.stdout, want)
	}
	listed := sluice(t, "fsck", "--records", "--json", dir).objects(t)
	require.Len(t, listed, 4)
	require.Equal(t, "frame", listed[1]["kind"])
	require.EqualValues(t, 2, listed[1]["sequence"])
	require.EqualValues(t, 3, listed[3]["frames"])
	require.Contains(t, sluice(t, "fsck", "--records", dir).stdout, "frame         2026-11-22 10:00:00.000 UTC  p/0  #1  1 point\n")
}

func TestFsckExplainsAFolderOfLogsWithoutTheirTexts(t *testing.T) {
	dir := logJournalFolder(t)
	got := sluice(t, "fsck", "--records", dir)
	require.Equal(t, 0, got.code, got.stderr)
	for _, want := range []string{
		"frame         2026-11-22 10:00:00.000 UTC  p/0  #1  2 entries\n",
		"of             a log service: logs.duckdb stands beside the journal\n",
		"entries        6 indexed, 3 of them redacted, 1,200 left out by filter rules, 15 rejected\n",
		"SEQUENCES  ENTRIES  GAPS\n", "p         acme/backup  0      3       1 to 3     6        none",
	} {
		require.Contains(t, got.stdout, want)
	}
	listed := sluice(t, "fsck", "--records", "--json", dir)
	objects := listed.objects(t)
	require.Len(t, objects, 4)
	require.EqualValues(t, 2, objects[0]["items"])
	require.Equal(t, "logagg", objects[3]["service"])
	for name, want := range map[string]int{"items": 6, "rejected_items": 15, "filtered_entries": 1200, "redacted_entries": 3, "samples": 0} {
		require.EqualValues(t, want, objects[3][name], name)
	}
	require.NotContains(t, got.stdout+listed.stdout, "secret")
}

func TestFsckOfAJournalBesideTheStoreOfAnotherService(t *testing.T) {
	dir := logJournalFolder(t)
	require.NoError(t, os.Rename(filepath.Join(dir, "logs.duckdb"), filepath.Join(dir, "points.duckdb")))
	got := sluice(t, "fsck", "--records", dir)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "0 damaged regions, 3 records that make no sense, 0 gaps between frames\n")
	require.Contains(t, got.stdout, "it is a record of a log service, not of a collector")
	require.NotContains(t, got.stdout+got.stderr, "secret")
}

func TestFsckExitsWith1OnDamage(t *testing.T) {
	dir := journalFolder(t)
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
	require.NoError(t, err)
	content, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	content[len(content)/2] ^= 0xff
	require.NoError(t, os.WriteFile(segments[0], content, 0o600))
	got := sluice(t, "fsck", dir)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "1 damaged region")
	require.Contains(t, got.stderr, "the journal is damaged")
}

func TestFsckTellsOfADamagedHeaderAndExitsWith0(t *testing.T) {
	dir := journalFolder(t)
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
	require.NoError(t, err)
	content, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	content[0] ^= 0xff
	require.NoError(t, os.WriteFile(segments[0], content, 0o600))
	got := sluice(t, "fsck", dir)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "damage         1 damaged header of a segment, which costs no record\n")
	require.Contains(t, got.stdout, "3: 3 frames")
	require.Empty(t, got.stderr)

	content[len(content)/2] ^= 0xff
	require.NoError(t, os.WriteFile(segments[0], content, 0o600))
	got = sluice(t, "fsck", dir)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "1 damaged region, 0 records that make no sense, 1 gap between frames, 1 damaged header of a segment")
}

func TestHelpLeavesOutWhatACommandRefuses(t *testing.T) {
	for _, args := range [][]string{{"fsck", "--help"}, {"help", "keys", "list"}, {"version", "-h"}} {
		help := sluice(t, args...).stdout
		require.NotContains(t, help, "--addr", args)
		require.NotContains(t, help, "--tls", args)
		require.Contains(t, help, "--json", args)
	}
	require.Contains(t, sluice(t, "points", "send", "--help").stdout, "--addr")
	require.Contains(t, sluice(t, "--help").stdout, "--addr")
}

func TestFsckOfAnotherFolder(t *testing.T) {
	got := sluice(t, "fsck", t.TempDir())
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "is no data folder of a service")
	require.Equal(t, 2, sluice(t, "fsck").code)
}
