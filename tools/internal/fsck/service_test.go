package fsck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

// secret must not be found in anything that fsck says.
const secret = "the text of an entry"

// logFrame is a record of a frame with so many entries, one of them without a
// message.
func logFrame(producer string, sequence int64, entries int) *logaggv1.JournalRecord {
	accepted := &logaggv1.AcceptedFrame{Sequence: sequence}
	for i := range entries {
		entry := &logaggv1.LogRecord{
			Application: secret, Level: logaggv1.Level_LEVEL_WARN, Timestamp: written.UnixNano(), Message: secret,
			Fields: map[string]string{secret: secret}, Category: secret,
		}
		if i == 0 {
			entry.Message = ""
		}
		accepted.Entries = append(accepted.Entries, entry)
	}
	return &logaggv1.JournalRecord{
		Time: written.Add(time.Duration(sequence) * time.Second).UnixNano(), Tenant: "acme", Subject: "backup",
		ProducerId: producer, Epoch: 3, Entry: &logaggv1.JournalRecord_Frame{Frame: accepted},
	}
}

func wholeLogs() []proto.Message {
	eventful := logFrame("p", 2, 1)
	eventful.GetFrame().Rejected = []*logaggv1.LogErrorCount{{Count: 4}, {Count: 1}}
	eventful.GetFrame().FilteredCount, eventful.GetFrame().RedactedCount = 6, 1
	return []proto.Message{
		&logaggv1.JournalRecord{Time: written.UnixNano(), ProducerId: "p", Entry: &logaggv1.JournalRecord_EpochOpened{EpochOpened: &logaggv1.EpochOpened{}}},
		logFrame("p", 1, 2), logFrame("q", 7, 1), eventful, logFrame("q", 8, 0),
		&logaggv1.JournalRecord{Time: written.Add(time.Minute).UnixNano(), Entry: &logaggv1.JournalRecord_Deletion{
			Deletion: &logaggv1.LogDeletion{Filter: &logaggv1.LogFilter{StartTime: proto.Int64(1), Applications: []string{secret}}},
		}},
		&logaggv1.JournalRecord{Time: written.UnixNano(), ProducerId: "p", Entry: &logaggv1.JournalRecord_Receipt{Receipt: &logaggv1.CollectLogsResponse{
			Position: &streamv1.Position{Durable: 2}, ProcessingTime: durationpb.New(time.Second), ProducerId: "p",
		}}},
	}
}

// with puts an empty file into the folder.
func with(t *testing.T, dir, name string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	return dir
}

// moved takes the journal out of its data folder.
func moved(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.Rename(filepath.Join(dir, "journal"), to))
	return to
}

func TestExamineAddsUpWhatTheJournalOfLogsHas(t *testing.T) {
	dir := with(t, folder(t, wholeLogs()...), "logs.duckdb")
	var records []fsck.Record
	report, err := fsck.Examine(dir, nil, func(r fsck.Record) error {
		records = append(records, r)
		return nil
	})
	require.NoError(t, err)
	require.True(t, report.Sound())
	require.Equal(t, fsck.Logs, report.Service)
	require.Equal(t, fsck.Counts{Items: 4, Rejected: 5, Filtered: 6, Redacted: 1}, report.Counts)
	require.Equal(t, []int64{7, 4, 1, 1, 1}, []int64{report.Records, report.Frames, report.Epochs, report.Receipts, report.Deletions})
	require.Equal(t, written.Add(time.Minute), *report.LastTime)
	require.Equal(t, []*fsck.Producer{
		{Tenant: "acme", Subject: "backup", ProducerID: "p", Epoch: 3, Frames: 2, Items: 3, First: 1, Last: 2},
		{Tenant: "acme", Subject: "backup", ProducerID: "q", Epoch: 3, Frames: 2, Items: 1, First: 7, Last: 8},
	}, report.Producers)
	require.Equal(t, fsck.KindFrame, records[1].Decision.Kind)
	require.Equal(t, int64(2), records[6].Decision.Sequence)
	said, err := json.Marshal([]any{report, records})
	require.NoError(t, err)
	require.NotContains(t, string(said), secret)
}

func TestExamineTellsWhoseJournalItIs(t *testing.T) {
	points, logs := whole(), wholeLogs()
	opened := points[:1]
	for name, test := range map[string]struct {
		dir    string
		want   fsck.Service
		reason string
	}{
		"points by the store":       {with(t, folder(t, points...), "points.duckdb"), fsck.Collector, "points.duckdb stands beside the journal"},
		"logs by the store":         {with(t, folder(t, logs...), "logs.duckdb"), fsck.Logs, "logs.duckdb stands beside the journal"},
		"an empty one by the store": {with(t, folder(t), "logs.duckdb"), fsck.Logs, "logs.duckdb stands beside the journal"},
		"the journal's own folder": {
			filepath.Join(with(t, folder(t, opened...), "logs.duckdb"), "journal"), fsck.Logs, "logs.duckdb stands beside the journal",
		},
		"points without a store":   {folder(t, points...), fsck.Collector, "by what the records say"},
		"logs without a store":     {folder(t, logs...), fsck.Logs, "by what the records say"},
		"points alone":             {moved(t, folder(t, points...)), fsck.Collector, "by what the records say"},
		"logs alone":               {moved(t, folder(t, logs...)), fsck.Logs, "by what the records say"},
		"logs that were left out":  {folder(t, filtered()), fsck.Logs, "by what the records say"},
		"logs beside both":         {with(t, with(t, folder(t, logs...), "points.duckdb"), "logs.duckdb"), fsck.Logs, "by what the records say"},
		"what both may have":       {folder(t, opened...), fsck.Collector, "nothing tells; the records fit a log service just as well"},
		"nothing":                  {folder(t), fsck.Collector, "nothing tells; there is no record"},
		"a record among many logs": {folder(t, append(logs[1:4:4], points[1])...), fsck.Logs, "3 of 4 records fit"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := fsck.Examine(test.dir, nil, nil)
			require.NoError(t, err)
			require.Equal(t, test.want, report.Service)
			require.Equal(t, test.reason, report.ServiceReason)
			require.Equal(t, !strings.HasPrefix(name, "a record among"), report.Sound())
		})
	}
}

// filtered is a frame of which rules left everything out.
func filtered() *logaggv1.JournalRecord {
	r := logFrame("p", 1, 0)
	r.GetFrame().FilteredCount = 3
	return r
}

func TestExamineNamesTheOwnerOfForeignRecords(t *testing.T) {
	points, logs := whole()[1:5], wholeLogs()[1:4]
	for name, test := range map[string]struct {
		dir, want string
		records   int64
	}{
		"logs beside points": {with(t, folder(t, logs...), "points.duckdb"), "it is a record of a log service, not of a collector", 3},
		"points beside logs": {with(t, folder(t, points...), "logs.duckdb"), "it is a record of a collector, not of a log service", 4},
		"of nobody": {
			with(t, folder(t, &collectorv1.JournalRecord{Tenant: "a"}, undecodable()), "logs.duckdb"), "it is no JournalRecord of a log service", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var problems []string
			report, err := fsck.Examine(test.dir, nil, func(r fsck.Record) error {
				if r.Problem != nil {
					problems = append(problems, r.Problem.Error())
				}
				return nil
			})
			require.NoError(t, err)
			require.False(t, report.Sound())
			require.Equal(t, test.records, report.UndecodedRecords)
			require.Len(t, report.Undecoded, int(test.records))
			for i, u := range report.Undecoded {
				require.Contains(t, u.Error, test.want)
				require.Equal(t, problems[i], u.Error)
				require.NotContains(t, u.Error, secret)
			}
		})
	}
}

// undecodable has field 1 as bytes, cut off.
func undecodable() proto.Message {
	r := &collectorv1.JournalRecord{}
	r.ProtoReflect().SetUnknown([]byte{0x0a})
	return r
}

// A newer service may write fields that this version does not know.
func TestExamineTakesFieldsOfNewerVersions(t *testing.T) {
	frame := logFrame("p", 1, 1)
	frame.GetFrame().GetEntries()[0].ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 1}) // field 127
	report, err := fsck.Examine(with(t, folder(t, frame), "logs.duckdb"), nil, nil)
	require.NoError(t, err)
	require.True(t, report.Sound())
}

func TestExamineListsTheFirstUndecodedRecords(t *testing.T) {
	var logs []proto.Message
	for i := range int64(150) {
		logs = append(logs, logFrame("p", i+1, 1))
	}
	report, err := fsck.Examine(with(t, folder(t, logs...), "points.duckdb"), nil, nil)
	require.NoError(t, err)
	require.Equal(t, int64(150), report.UndecodedRecords)
	require.Len(t, report.Undecoded, 100)
}

// What a crash left unfinished at the end is no damage, whoever wrote it.
func TestExamineTakesATornEndForNone(t *testing.T) {
	for store, records := range map[string][]proto.Message{"points.duckdb": whole(), "logs.duckdb": wholeLogs()} {
		dir := with(t, folder(t, records...), store)
		tear(t, filepath.Join(dir, "journal"))
		report, err := fsck.Examine(dir, nil, nil)
		require.NoError(t, err)
		require.True(t, report.Sound())
		require.Positive(t, report.TornBytes, store)
		require.Equal(t, int64(7), report.Records)
	}
}

// tear leaves the first half of a record at the end of the journal.
func tear(t *testing.T, journal string) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(journal, "*.segment"))
	require.NoError(t, err)
	require.Len(t, segments, 1)
	f, err := os.OpenFile(segments[0], os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(strings.Repeat("\x80", 50))
	require.NoError(t, err)
	require.NoError(t, f.Close())
}
