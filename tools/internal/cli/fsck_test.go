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
	"github.com/sluice-ingest/sluice/libs/journal"
)

// journalFolder is a data folder with three frames of a producer.
func journalFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	j, _, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{MinFreeBytes: -1})
	require.NoError(t, err)
	for sequence := range int64(3) {
		data, err := proto.Marshal(&collectorv1.JournalRecord{
			Time: time.Date(2026, 11, 22, 10, 0, int(sequence), 0, time.UTC).UnixNano(), Tenant: "acme", Subject: "backup", ProducerId: "p",
			Entry: &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{
				Sequence: sequence + 1, Points: []*collectorv1.DataPoint{{Source: strings.Repeat("s", 100), Metrics: map[string]float64{"a": 1}}},
			}},
		})
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
