package frame_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
)

var header = record.Header{Time: 1_790_000_000_000_000_000, Tenant: "t", Subject: "s", ProducerID: "p", Epoch: 3}

// requireAcceptedAsStandard decodes data with both decoders and compares.
func requireAcceptedAsStandard(t *testing.T, a *frame.Accepted, data []byte) {
	t.Helper()
	var want logaggv1.AcceptedFrame
	wantErr := proto.Unmarshal(data, &want)
	err := a.Decode(data)
	if wantErr != nil {
		require.ErrorIs(t, err, frame.ErrMalformed, "standard: %v", wantErr)
		return
	}
	require.NoError(t, err)
	require.Len(t, a.Entries, int(a.Indexed))
	for _, e := range want.GetEntries() {
		if len(e.GetFields()) > 128 {
			return // Of so many it does not matter which they are.
		}
	}
	got := &logaggv1.AcceptedFrame{
		Sequence: a.Sequence, Entries: records(t, a.Entries), FilteredCount: a.Filtered, RedactedCount: a.Redacted,
	}
	for _, r := range a.Rejected {
		got.Rejected = append(got.Rejected, &logaggv1.LogErrorCount{Reason: r.Reason, Count: r.Count})
	}
	require.Equal(t, encode(t, stripped(t, &want)), encode(t, got), "standard: %v, by hand: %v", &want, got)
	var counts frame.Counts
	require.NoError(t, counts.DecodeCounts(data))
	require.True(t, slices.Equal(a.Rejected, counts.Rejected))
	counts.Rejected = a.Rejected
	require.Equal(t, a.Counts, counts)
}

func acceptedFrames(t testing.TB) map[string][]byte {
	t.Helper()
	ordinary := encode(t, &logaggv1.AcceptedFrame{
		Sequence: 9, FilteredCount: 4, RedactedCount: 1,
		Rejected: []*logaggv1.LogErrorCount{{Reason: logaggv1.LogErrorReason_LOG_ERROR_REASON_EMPTY, Count: 4}, {Reason: -1, Count: -1}, {}},
		Entries: []*logaggv1.LogRecord{
			{Application: "a", Level: logaggv1.Level_LEVEL_ERROR, Timestamp: 5, Message: "m", Fields: map[string]string{"k": "v", "": ""}},
			{Category: "security", Redacted: true, EntryId: 7}, {},
		},
	})
	return map[string][]byte{
		"empty": {}, "ordinary": ordinary, "twice": slices.Concat(ordinary, ordinary),
		"rejection that is cut":   bytesField(nil, 2, []byte{0x08}),
		"rejection with unknown":  bytesField(nil, 2, []byte{0x20, 0x01}),
		"entry that is cut":       bytesField(nil, 3, []byte{0x18}),
		"level of another type":   bytesField(nil, 3, []byte{0x12, 0x00}),
		"unknown":                 {0x30, 0x01},
		"reason beyond 32 bits":   bytesField(nil, 2, protowire.AppendVarint([]byte{0x08}, 1<<40|3)),
		"level beyond 32 bits":    bytesField(nil, 3, protowire.AppendVarint([]byte{0x10}, 1<<40|3)),
		"redacted with many bits": bytesField(nil, 3, protowire.AppendVarint([]byte{0x38}, 1<<40)),
	}
}

func TestDecodeAcceptedEqualsTheStandardDecoder(t *testing.T) {
	var again frame.Accepted
	for name, data := range acceptedFrames(t) {
		t.Run(name, func(t *testing.T) {
			requireAcceptedAsStandard(t, &frame.Accepted{}, data)
			requireAcceptedAsStandard(t, &again, data)
			for n := range data {
				requireAcceptedAsStandard(t, &frame.Accepted{}, data[:n])
			}
		})
	}
}

func TestDecodedEntriesStayWhenTheNextFrameIsDecoded(t *testing.T) {
	one := encode(t, &logaggv1.AcceptedFrame{Entries: []*logaggv1.LogRecord{{Message: "one", Fields: map[string]string{"k": "1"}}}})
	two := encode(t, &logaggv1.AcceptedFrame{Entries: []*logaggv1.LogRecord{{Message: "two", Fields: map[string]string{"k": "2"}}}})
	var a frame.Accepted
	require.NoError(t, a.Decode(one))
	first := a.Entries
	require.NoError(t, a.Decode(two))
	require.Equal(t, "one", first[0].Message)
	require.Equal(t, "1", first[0].Field("k"))
}

func TestAppendedFramesAreOfTheSchema(t *testing.T) {
	entries := []entry.Entry{
		{Application: "a", Level: entry.Error, Timestamp: 5, Message: "m", Fields: []entry.Field{{Name: "k", Value: "v"}, {Name: "l"}}},
		{Category: "security", Redacted: true, ID: 7, LevelText: "left out"}, {},
	}
	counts := frame.Counts{
		Sequence: 17, Filtered: 2, Redacted: 1, Indexed: 99, Rejected: []frame.RejectedCount{{Reason: 3, Count: 7}, {Reason: 11, Count: 1}},
	}
	require.Equal(t, encode(t, &logaggv1.JournalRecord{
		Time: header.Time, Tenant: header.Tenant, Subject: header.Subject, ProducerId: header.ProducerID, Epoch: header.Epoch,
		Entry: &logaggv1.JournalRecord_Frame{Frame: &logaggv1.AcceptedFrame{
			Sequence: 17, FilteredCount: 2, RedactedCount: 1,
			Rejected: []*logaggv1.LogErrorCount{{Reason: 3, Count: 7}, {Reason: 11, Count: 1}},
			Entries: []*logaggv1.LogRecord{
				{Application: "a", Level: logaggv1.Level_LEVEL_ERROR, Timestamp: 5, Message: "m", Fields: map[string]string{"k": "v", "l": ""}},
				{Category: "security", Redacted: true}, {},
			},
		}},
	}), frame.AppendAccepted(nil, &header, &counts, entries))
	require.Equal(t, []byte{'x', 0x32, 0x00}, frame.AppendAccepted([]byte("x"), &record.Header{}, &frame.Counts{}, nil))
}

func TestRejectionsAreCountedByReason(t *testing.T) {
	var n frame.Counts
	for _, reason := range []logaggv1.LogErrorReason{3, 5, 3} {
		n.Reject(reason)
	}
	require.Equal(t, []frame.RejectedCount{{Reason: 3, Count: 2}, {Reason: 5, Count: 1}}, n.Rejected)
}

func FuzzDecodeAcceptedEqualsTheStandardDecoder(f *testing.F) {
	for _, data := range acceptedFrames(f) {
		f.Add(data, []byte{})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var decoded frame.Accepted
		requireAcceptedAsStandard(t, &decoded, first)
		requireAcceptedAsStandard(t, &decoded, second)
	})
}
