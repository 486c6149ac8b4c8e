package frame_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

var header = record.Header{Time: 1_790_000_000_000_000_000, Tenant: "t", Subject: "s", ProducerID: "p", Epoch: 3}

// acceptedOf is the entry of an encoded journal record.
func acceptedOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var r record.Record
	require.NoError(t, r.Decode(data))
	require.Equal(t, header, r.Header)
	require.Equal(t, record.Frame, r.Kind)
	return r.Entry
}

// generatedAccepted turns what was decoded into what the generated code has.
func generatedAccepted(t *testing.T, a *frame.Accepted) *collectorv1.AcceptedFrame {
	t.Helper()
	accepted := &collectorv1.AcceptedFrame{Sequence: a.Sequence, Points: generated(t, a.Points)}
	for _, count := range a.Rejected {
		accepted.Rejected = append(accepted.Rejected, &collectorv1.PointErrorCount{Reason: count.Reason, Count: count.Count})
	}
	return accepted
}

// requireAcceptedAsStandard decodes data with both decoders and compares.
func requireAcceptedAsStandard(t *testing.T, a *frame.Accepted, data []byte) {
	t.Helper()
	var want collectorv1.AcceptedFrame
	wantErr := proto.Unmarshal(data, &want)
	err := a.Decode(data)
	if wantErr != nil {
		require.ErrorIs(t, err, frame.ErrMalformed, "standard: %v", wantErr)
		return
	}
	require.NoError(t, err)
	got := generatedAccepted(t, a)
	require.Equal(t, encode(t, stripped(t, &want)), encode(t, got), "standard: %v, by hand: %v", &want, got)
	require.Len(t, a.Points, a.PointCount)
	requireCountsAgree(t, a, data)
}

// stripped is the message without unknown fields, in all depths.
func stripped(t *testing.T, m proto.Message) proto.Message {
	t.Helper()
	empty := m.ProtoReflect().New().Interface()
	require.NoError(t, proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(encode(t, m), empty))
	return empty
}

func requireCountsAgree(t *testing.T, a *frame.Accepted, data []byte) {
	t.Helper()
	var short frame.Accepted
	require.NoError(t, short.DecodeCounts(data))
	require.Empty(t, short.Points)
	require.Equal(t, a.Sequence, short.Sequence)
	require.Equal(t, a.PointCount, short.PointCount)
	require.Len(t, short.Rejected, len(a.Rejected))
}

// acceptedFrames are encoded frames, ordinary and odd.
func acceptedFrames(t testing.TB) map[string][]byte {
	t.Helper()
	ordinary := encode(t, &collectorv1.AcceptedFrame{
		Sequence: 9, Points: load(3, 10, map[string]string{"host": "a"}).GetPoints(), Rejected: []*collectorv1.PointErrorCount{
			{Reason: collectorv1.PointErrorReason_POINT_ERROR_REASON_SERIES_LIMIT, Count: 4}, {Reason: -1, Count: -1}, {},
		},
	})
	return map[string][]byte{
		"empty": {}, "ordinary": ordinary, "twice": append(append([]byte{}, ordinary...), ordinary...),
		"rejection that is cut":  field(nil, 2, []byte{0x08}),
		"rejection with unknown": field(nil, 2, []byte{0x20, 0x01}),
		"point that is cut":      field(nil, 3, []byte{0x10}),
		"unknown":                {0x20, 0x01},
		"reason beyond 32 bits":  field(nil, 2, protowire.AppendVarint([]byte{0x08}, 1<<40|3)),
		"points of another type": {0x18, 0x01},
	}
}

func TestDecodeAcceptedEqualsTheStandardDecoder(t *testing.T) {
	var again frame.Accepted
	for name, data := range acceptedFrames(t) {
		t.Run(name, func(t *testing.T) {
			requireAcceptedAsStandard(t, &frame.Accepted{}, data)
			requireAcceptedAsStandard(t, &again, data)
		})
	}
}

func TestDecodeAcceptedRefusesEveryTruncation(t *testing.T) {
	for _, data := range acceptedFrames(t) {
		for n := range data {
			requireAcceptedAsStandard(t, &frame.Accepted{}, data[:n])
		}
	}
}

func TestAppendedFramesAreOfTheSchema(t *testing.T) {
	var f frame.Frame
	request := load(3, 10, map[string]string{"host": "a"})
	require.NoError(t, f.DecodeRequest(encode(t, request)))
	rejected := []frame.RejectedCount{{Reason: 3, Count: 7}, {Reason: 12, Count: 1}}
	for name, tt := range map[string]struct {
		data []byte
		want *collectorv1.AcceptedFrame
	}{
		"whole": {frame.AppendAccepted(nil, &header, 17, rejected, f.Points), &collectorv1.AcceptedFrame{
			Sequence: 17, Points: request.GetPoints(),
			Rejected: []*collectorv1.PointErrorCount{{Reason: 3, Count: 7}, {Reason: 12, Count: 1}},
		}},
		"in part": {frame.AppendAccepted(nil, &header, 17, nil, f.Points[1:]), &collectorv1.AcceptedFrame{
			Sequence: 17, Points: request.GetPoints()[1:],
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, encode(t, &collectorv1.JournalRecord{
				Time: header.Time, Tenant: header.Tenant, Subject: header.Subject, ProducerId: header.ProducerID, Epoch: header.Epoch,
				Entry: &collectorv1.JournalRecord_Frame{Frame: tt.want},
			}), tt.data)
		})
	}
	require.Equal(t, []byte{'x', 0x32, 0x00}, frame.AppendAccepted([]byte("x"), &record.Header{}, 0, nil, nil))
}

func TestAcceptedFramesAllocateNothing(t *testing.T) {
	var f frame.Frame
	require.NoError(t, f.DecodeRequest(encode(t, load(100, 10, nil))))
	var a frame.Accepted
	var r record.Record
	var data []byte
	require.Zero(t, testing.AllocsPerRun(10, func() {
		data = frame.AppendAccepted(data[:0], &header, 17, nil, f.Points)
		require.NoError(t, r.Decode(data))
		require.NoError(t, a.Decode(r.Entry))
	}))
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
