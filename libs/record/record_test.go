package record_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/record"
)

var header = record.Header{Time: 1_790_000_000_000_000_000, Tenant: "t", Subject: "s", ProducerID: "p", Epoch: 3}

func encode(t testing.TB, m proto.Message) []byte {
	t.Helper()
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	require.NoError(t, err)
	return data
}

// entryOf is the kind and the encoded entry of the generated message.
func entryOf(t *testing.T, r *collectorv1.JournalRecord) (record.Kind, proto.Message) {
	t.Helper()
	switch e := r.GetEntry().(type) {
	case *collectorv1.JournalRecord_Frame:
		return record.Frame, e.Frame
	case *collectorv1.JournalRecord_EpochOpened:
		return record.EpochOpened, e.EpochOpened
	case *collectorv1.JournalRecord_Receipt:
		return record.Receipt, e.Receipt
	case *collectorv1.JournalRecord_Deletion:
		return record.Deletion, e.Deletion
	default:
		return record.None, nil
	}
}

// requireAsStandard decodes data with both decoders and compares. The standard
// one also looks into the entry, and may refuse what is only wrong there.
func requireAsStandard(t *testing.T, r *record.Record, data []byte) {
	t.Helper()
	err := r.Decode(data)
	var want collectorv1.JournalRecord
	if wantErr := proto.Unmarshal(data, &want); wantErr != nil {
		if err == nil {
			require.NotEqual(t, record.None, r.Kind, "standard: %v", wantErr)
		}
		return
	}
	require.NoError(t, err)
	require.Equal(t, record.Header{
		Time: want.GetTime(), Tenant: want.GetTenant(), Subject: want.GetSubject(), ProducerID: want.GetProducerId(), Epoch: want.GetEpoch(),
	}, r.Header)
	kind, entry := entryOf(t, &want)
	require.Equal(t, kind, r.Kind)
	if entry == nil {
		require.Nil(t, r.Entry)
		return
	}
	got := entry.ProtoReflect().New().Interface()
	require.NoError(t, proto.Unmarshal(r.Entry, got))
	require.True(t, proto.Equal(entry, got), "standard: %v, by hand: %v", entry, got)
}

func entryField(number protowire.Number, value ...byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

// samples are encoded records, ordinary and odd.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	base := func() *collectorv1.JournalRecord {
		return &collectorv1.JournalRecord{Time: 5, Tenant: "t", Subject: "s", ProducerId: "p", Epoch: 2}
	}
	accepted, opened, answered, deleted := base(), base(), base(), base()
	accepted.Entry = &collectorv1.JournalRecord_Frame{Frame: &collectorv1.AcceptedFrame{
		Sequence: 9, Points: []*collectorv1.DataPoint{{Source: "a"}},
	}}
	opened.Entry = &collectorv1.JournalRecord_EpochOpened{EpochOpened: &collectorv1.EpochOpened{}}
	answered.Entry = &collectorv1.JournalRecord_Receipt{Receipt: &collectorv1.CollectDataPointsResponse{TotalProcessed: 3}}
	deleted.Entry = &collectorv1.JournalRecord_Deletion{Deletion: &collectorv1.PointDeletion{StartTime: 5}}
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
		"frame in two parts":    join(f, f),
		"receipt in two parts":  join(a, a),
		"deletion in two parts": join(d, d),
		"epoch in two parts":    join(o, o),
		"the last kind counts":  join(f, o, a, d, f),
		"frame, epoch, frame":   join(f, o, f),
		"receipt after a frame": join(f, a),
		"tenant is not UTF-8":   entryField(2, 0xff),
		"frame of another type": {0x30, 0x01},
		"unknown":               {0x50, 0x01},
		"entry that is cut":     entryField(8, 0x08),
	}
}

func TestDecodeEqualsTheStandardDecoder(t *testing.T) {
	var again record.Record
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			requireAsStandard(t, &record.Record{}, data)
			requireAsStandard(t, &again, data)
			for n := range data {
				requireAsStandard(t, &record.Record{}, data[:n])
			}
		})
	}
}

func TestAppendedRecordsAreOfBothSchemas(t *testing.T) {
	points, logs := &collectorv1.AcceptedFrame{Sequence: 17}, &logaggv1.AcceptedFrame{Sequence: 17, FilteredCount: 2}
	require.Equal(t, encode(t, &collectorv1.JournalRecord{
		Time: header.Time, Tenant: "t", Subject: "s", ProducerId: "p", Epoch: 3, Entry: &collectorv1.JournalRecord_Frame{Frame: points},
	}), record.Append(nil, &header, record.Frame, encode(t, points)))
	require.Equal(t, encode(t, &logaggv1.JournalRecord{
		Time: header.Time, Tenant: "t", Subject: "s", ProducerId: "p", Epoch: 3, Entry: &logaggv1.JournalRecord_Frame{Frame: logs},
	}), record.Append(nil, &header, record.Frame, encode(t, logs)))
	require.Equal(t, encode(t, &logaggv1.JournalRecord{
		Entry: &logaggv1.JournalRecord_EpochOpened{EpochOpened: &logaggv1.EpochOpened{}},
	}), record.Append(nil, &record.Header{}, record.EpochOpened, nil))
	require.Equal(t, encode(t, &logaggv1.JournalRecord{
		Entry: &logaggv1.JournalRecord_Deletion{Deletion: &logaggv1.LogDeletion{}},
	}), record.Append(nil, &record.Header{}, record.Deletion, nil))
	require.Equal(t, []byte{'x', 0x42, 0x00}, record.Append([]byte("x"), &record.Header{}, record.Receipt, nil))
}

func TestRecordsAllocateNothing(t *testing.T) {
	var r record.Record
	var data []byte
	entry := make([]byte, 1000)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		data = record.Append(data[:0], &header, record.Frame, entry)
		require.NoError(t, r.Decode(data))
	}))
}

func FuzzDecodeEqualsTheStandardDecoder(f *testing.F) {
	for _, data := range samples(f) {
		f.Add(data, []byte{})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var decoded record.Record
		requireAsStandard(t, &decoded, first)
		requireAsStandard(t, &decoded, second)
	})
}
