package frame_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

var header = frame.Header{Time: 1_790_000_000_000_000_000, Tenant: "t", Subject: "s", ProducerID: "p", Epoch: 3}

// generatedRecord turns a decoded record into the one of the generated code.
func generatedRecord(t *testing.T, r *frame.Record) *collectorv1.JournalRecord {
	t.Helper()
	record := &collectorv1.JournalRecord{
		Time: r.Time, Tenant: r.Tenant, Subject: r.Subject, ProducerId: r.ProducerID, Epoch: r.Epoch,
	}
	switch r.Kind {
	case frame.KindFrame:
		accepted := &collectorv1.AcceptedFrame{Sequence: r.Sequence, Points: generated(t, r.Points)}
		for _, count := range r.Rejected {
			accepted.Rejected = append(accepted.Rejected, &collectorv1.PointErrorCount{Reason: count.Reason, Count: count.Count})
		}
		record.Entry = &collectorv1.JournalRecord_Frame{Frame: accepted}
	case frame.KindEpochOpened:
		record.Entry = &collectorv1.JournalRecord_EpochOpened{EpochOpened: &collectorv1.EpochOpened{}}
	case frame.KindReceipt:
		receipt := &collectorv1.CollectDataPointsResponse{}
		require.NoError(t, proto.Unmarshal(r.Receipt, receipt))
		record.Entry = &collectorv1.JournalRecord_Receipt{Receipt: receipt}
	case frame.KindDeletion:
		record.Entry = &collectorv1.JournalRecord_Deletion{Deletion: r.Deletion}
	case frame.KindNone:
	}
	return record
}

// requireRecordAsStandard decodes data with both decoders and compares.
func requireRecordAsStandard(t *testing.T, r *frame.Record, data []byte) {
	t.Helper()
	var want collectorv1.JournalRecord
	wantErr := proto.Unmarshal(data, &want)
	err := r.Decode(data)
	if wantErr != nil {
		require.ErrorIs(t, err, frame.ErrMalformed, "standard: %v", wantErr)
		return
	}
	require.NoError(t, err)
	discard := func(m proto.Message) []byte { return encode(t, stripped(t, m)) }
	got := generatedRecord(t, r)
	require.Equal(t, discard(&want), discard(got), "standard: %v, by hand: %v", &want, got)
	require.Len(t, r.Points, r.PointCount)
	requireHeaderAgrees(t, r, data)
}

// stripped is the message without unknown fields, in all depths.
func stripped(t *testing.T, m proto.Message) proto.Message {
	t.Helper()
	empty := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(encode(t, m), empty))
	return empty
}

func requireHeaderAgrees(t *testing.T, r *frame.Record, data []byte) {
	t.Helper()
	var short frame.Record
	require.NoError(t, short.DecodeHeader(data))
	require.Empty(t, short.Points)
	require.Equal(t, r.Header, short.Header)
	require.Equal(t, r.Kind, short.Kind)
	require.Equal(t, r.Sequence, short.Sequence)
	require.Equal(t, r.PointCount, short.PointCount)
	require.Len(t, short.Rejected, len(r.Rejected))
	require.Equal(t, r.Receipt, short.Receipt)
	require.True(t, proto.Equal(r.Deletion, short.Deletion))
}

func deletion() *collectorv1.PointDeletion {
	return &collectorv1.PointDeletion{StartTime: 5, EndTime: -1, Matchers: []*collectorv1.SeriesMatcher{{
		Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Tag: "host", Value: "a.*",
		Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX,
	}}}
}

func receipt() *collectorv1.CollectDataPointsResponse {
	return &collectorv1.CollectDataPointsResponse{
		TotalProcessed: 3, SuccessfulCount: 2, ErrorCount: 1, Errors: []*collectorv1.PointError{{Index: 1, Field: "source"}},
	}
}

// records are encoded records, ordinary and odd.
func records(t testing.TB) map[string][]byte {
	t.Helper()
	points := load(3, 10, map[string]string{"host": "a"}).GetPoints()
	base := func() *collectorv1.JournalRecord {
		return &collectorv1.JournalRecord{Time: 5, Tenant: "t", Subject: "s", ProducerId: "p", Epoch: 2}
	}
	accepted, opened, answered, deleted := base(), base(), base(), base()
	accepted.Entry = &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{
		Sequence: 9, Points: points, Rejected: []*collectorv1.PointErrorCount{
			{Reason: collectorv1.PointErrorReason_POINT_ERROR_REASON_SERIES_LIMIT, Count: 4}, {Reason: -1, Count: -1}, {},
		},
	}}
	opened.Entry = &collectorv1.JournalRecord_EpochOpened{EpochOpened: &collectorv1.EpochOpened{}}
	answered.Entry = &collectorv1.JournalRecord_Receipt{Receipt: receipt()}
	deleted.Entry = &collectorv1.JournalRecord_Deletion{Deletion: deletion()}
	f, o, a, d := encode(t, accepted), encode(t, opened), encode(t, answered), encode(t, deleted)
	join := func(parts ...[]byte) []byte {
		var all []byte
		for _, part := range parts {
			all = append(all, part...)
		}
		return all
	}
	return map[string][]byte{
		"empty": {}, "no entry": encode(t, base()), "frame": f, "epoch": o, "receipt": a, "deletion": d,
		"frame in two parts":     join(f, f),
		"receipt in two parts":   join(a, a),
		"deletion in two parts":  join(d, d),
		"epoch in two parts":     join(o, o),
		"the last kind counts":   join(f, o, a, d, f),
		"frame, epoch, frame":    join(f, o, f),
		"receipt after a frame":  join(f, a),
		"epoch with unknown":     field(nil, 7, []byte{0x08, 0x01}),
		"epoch that is cut":      field(nil, 7, []byte{0x08}),
		"receipt that is cut":    field(nil, 8, []byte{0x08}),
		"receipt not UTF-8":      field(nil, 8, field(nil, 11, []byte{0xff})),
		"deletion that is cut":   field(nil, 9, []byte{0x10}),
		"rejection that is cut":  field(nil, 6, field(nil, 2, []byte{0x08})),
		"rejection with unknown": field(nil, 6, field(nil, 2, []byte{0x20, 0x01})),
		"point that is cut":      field(nil, 6, field(nil, 3, []byte{0x10})),
		"frame with unknown":     field(nil, 6, []byte{0x20, 0x01}),
		"reason beyond 32 bits":  field(nil, 6, field(nil, 2, protowire.AppendVarint([]byte{0x08}, 1<<40|3))),
		"tenant is not UTF-8":    field(nil, 2, []byte{0xff}),
		"frame of another type":  {0x30, 0x01},
		"unknown":                {0x50, 0x01},
	}
}

func TestDecodeRecordEqualsTheStandardDecoder(t *testing.T) {
	var again frame.Record
	for name, data := range records(t) {
		t.Run(name, func(t *testing.T) {
			requireRecordAsStandard(t, &frame.Record{}, data)
			requireRecordAsStandard(t, &again, data)
		})
	}
}

func TestDecodeRecordRefusesEveryTruncation(t *testing.T) {
	for _, data := range records(t) {
		for n := range data {
			requireRecordAsStandard(t, &frame.Record{}, data[:n])
		}
	}
}

func TestAppendedRecordsAreOfTheSchema(t *testing.T) {
	var f frame.Frame
	request := load(3, 10, map[string]string{"host": "a"})
	require.NoError(t, f.DecodeRequest(encode(t, request)))
	rejected := []frame.RejectedCount{{Reason: 3, Count: 7}, {Reason: 12, Count: 1}}
	answer := encode(t, receipt())
	deleted, err := frame.AppendDeletion(nil, &header, deletion())
	require.NoError(t, err)
	none := frame.Header{}
	for name, tt := range map[string]struct {
		data []byte
		want *collectorv1.JournalRecord
	}{
		"frame": {frame.AppendFrame(nil, &header, 17, rejected, f.Points), &collectorv1.JournalRecord{
			Entry: &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{
				Sequence: 17, Points: request.GetPoints(),
				Rejected: []*collectorv1.PointErrorCount{{Reason: 3, Count: 7}, {Reason: 12, Count: 1}},
			}},
		}},
		"frame, in part": {frame.AppendFrame(nil, &header, 17, nil, f.Points[1:]), &collectorv1.JournalRecord{
			Entry: &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{Sequence: 17, Points: request.GetPoints()[1:]}},
		}},
		"epoch": {frame.AppendEpochOpened(nil, &header), &collectorv1.JournalRecord{
			Entry: &collectorv1.JournalRecord_EpochOpened{EpochOpened: &collectorv1.EpochOpened{}},
		}},
		"receipt": {frame.AppendReceipt(nil, &header, answer), &collectorv1.JournalRecord{
			Entry: &collectorv1.JournalRecord_Receipt{Receipt: receipt()},
		}},
		"deletion": {deleted, &collectorv1.JournalRecord{
			Entry: &collectorv1.JournalRecord_Deletion{Deletion: deletion()},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.want.Time, tt.want.Tenant, tt.want.Subject = header.Time, header.Tenant, header.Subject
			tt.want.ProducerId, tt.want.Epoch = header.ProducerID, header.Epoch
			require.Equal(t, encode(t, tt.want), tt.data)
		})
	}
	require.Equal(t, []byte{'x', 0x32, 0x00}, frame.AppendFrame([]byte("x"), &none, 0, nil, nil))
}

func TestADeletionThatIsNotUTF8IsNotAppended(t *testing.T) {
	bad := &collectorv1.PointDeletion{Matchers: []*collectorv1.SeriesMatcher{{Value: "\xff"}}}
	dst, err := frame.AppendDeletion([]byte("x"), &header, bad)
	require.Error(t, err)
	require.Equal(t, []byte("x"), dst)
}

func TestRecordsAllocateNothing(t *testing.T) {
	var f frame.Frame
	require.NoError(t, f.DecodeRequest(encode(t, load(100, 10, nil))))
	var r frame.Record
	var data []byte
	require.Zero(t, testing.AllocsPerRun(10, func() {
		data = frame.AppendFrame(data[:0], &header, 17, nil, f.Points)
		require.NoError(t, r.Decode(data))
	}))
}

func FuzzDecodeRecordEqualsTheStandardDecoder(f *testing.F) {
	for _, data := range records(f) {
		f.Add(data, []byte{})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var decoded frame.Record
		requireRecordAsStandard(t, &decoded, first)
		requireRecordAsStandard(t, &decoded, second)
	})
}
