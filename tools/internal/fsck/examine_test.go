package fsck_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

var written = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// frame is a record of a frame with so many points of two metrics.
func frame(producer string, sequence int64, points int) *collectorv1.JournalRecord {
	accepted := &collectorv1.AcceptedFrame{Sequence: sequence}
	for range points {
		accepted.Points = append(accepted.Points, &collectorv1.DataPoint{Source: "s", Metrics: map[string]float64{"a": 1, "b": 2}})
	}
	return &collectorv1.JournalRecord{
		Time: written.Add(time.Duration(sequence) * time.Second).UnixNano(), Tenant: "acme", Subject: "backup",
		ProducerId: producer, Epoch: 3, Entry: &collectorv1.JournalRecord_Frame{Frame: accepted},
	}
}

// folder is a data folder whose journal has the records.
func folder(t *testing.T, records ...proto.Message) string {
	t.Helper()
	dir := t.TempDir()
	j, _, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{MinFreeBytes: -1})
	require.NoError(t, err)
	for _, r := range records {
		data, err := proto.Marshal(r)
		require.NoError(t, err)
		_, err = j.Append(t.Context(), data)
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())
	return dir
}

func whole() []proto.Message {
	rejecting := frame("p", 2, 1)
	rejecting.GetFrame().Rejected = []*collectorv1.PointErrorCount{{Count: 4}}
	return []proto.Message{
		&collectorv1.JournalRecord{Time: written.UnixNano(), ProducerId: "p", Entry: &collectorv1.JournalRecord_EpochOpened{EpochOpened: &collectorv1.EpochOpened{}}},
		frame("p", 1, 2), frame("q", 7, 1), rejecting, frame("q", 8, 1),
		&collectorv1.JournalRecord{Time: written.Add(time.Minute).UnixNano(), Entry: &collectorv1.JournalRecord_Deletion{Deletion: &collectorv1.PointDeletion{}}},
		&collectorv1.JournalRecord{Time: written.UnixNano(), ProducerId: "p", Entry: &collectorv1.JournalRecord_Receipt{Receipt: &collectorv1.CollectDataPointsResponse{}}},
	}
}

func TestExamineAddsUpWhatTheJournalHas(t *testing.T) {
	dir := folder(t, whole()...)
	var records []fsck.Record
	report, err := fsck.Examine(dir, nil, func(r fsck.Record) error {
		records = append(records, r)
		return nil
	})
	require.NoError(t, err)
	require.True(t, report.Sound())
	require.Len(t, records, 7)
	require.Equal(t, int64(7), records[2].Decision.Sequence)
	require.Equal(t, int64(7), report.Records)
	require.Equal(t, []int64{4, 5, 10, 4}, []int64{report.Frames, report.Items, report.Samples, report.Rejected})
	require.Equal(t, []int64{1, 1, 1}, []int64{report.Epochs, report.Receipts, report.Deletions})
	require.Equal(t, written, *report.FirstTime)
	require.Equal(t, written.Add(time.Minute), *report.LastTime)
	require.Equal(t, []*fsck.Producer{
		{Tenant: "acme", Subject: "backup", ProducerID: "p", Epoch: 3, Frames: 2, Items: 3, First: 1, Last: 2},
		{Tenant: "acme", Subject: "backup", ProducerID: "q", Epoch: 3, Frames: 2, Items: 2, First: 7, Last: 8},
	}, report.Producers)

	require.Equal(t, fsck.Collector, report.Service)
}

func TestExamineFindsGapsAndWhatCannotBeDecoded(t *testing.T) {
	report, err := fsck.Examine(folder(t, frame("p", 1, 1), frame("p", 4, 1), frame("p", 1, 1)), nil, nil)
	require.NoError(t, err)
	require.False(t, report.Sound())
	require.Len(t, report.Producers[0].Gaps, 1, "a producer that begins again had been forgotten")
	require.Equal(t, int64(1), report.Producers[0].Gaps[0].After)
	require.Equal(t, int64(4), report.Producers[0].Gaps[0].Before)

	report, err = fsck.Examine(folder(t, frame("p", 1, 1), undecodable(), frame("p", 2, 1)), nil, nil)
	require.NoError(t, err)
	require.False(t, report.Sound())
	require.Len(t, report.Undecoded, 1)
	require.Equal(t, int64(3), report.Records)
}

func TestExamineFindsDamageAndChangesNothing(t *testing.T) {
	for name, dir := range map[string]string{
		"points": with(t, folder(t, whole()...), "points.duckdb"), "logs": with(t, folder(t, wholeLogs()...), "logs.duckdb"),
	} {
		t.Run(name, func(t *testing.T) { findsDamage(t, dir) })
	}
}

func findsDamage(t *testing.T, dir string) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
	require.NoError(t, err)
	require.Len(t, segments, 1)
	content, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	content[len(content)/2] ^= 0xff
	require.NoError(t, os.WriteFile(segments[0], content, 0o600))

	damages := 0
	report, err := fsck.Examine(dir, nil, func(r fsck.Record) error {
		if r.Problem != nil {
			damages++
			require.Less(t, r.Start, r.End)
		}
		return nil
	})
	require.NoError(t, err)
	require.False(t, report.Sound())
	require.Len(t, report.Damages, 1)
	require.Equal(t, 1, damages)
	require.Less(t, report.Records, int64(7))
	after, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	require.Equal(t, content, after)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

func TestExamineSaysWhatAFolderIs(t *testing.T) {
	files := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(files, "catalog.db"), nil, 0o600))
	above := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(above, "collector", "journal"), 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(above, "other", "folder"), 0o700))
	for dir, want := range map[string]string{
		files:                              "belongs to a file service, which has no journal",
		t.TempDir():                        "nor catalog.db or STORE_ID of a file service; give the folder that data_dir of the service names",
		above:                              "of the service names, such as " + filepath.Join(above, "collector"),
		filepath.Join(t.TempDir(), "gone"): "no such file",
		filepath.Join(files, "catalog.db"): "is a file",
	} {
		_, err := fsck.Examine(dir, nil, nil)
		require.ErrorIs(t, err, fsck.ErrUnknownFolder)
		require.ErrorContains(t, err, want)
	}
}
