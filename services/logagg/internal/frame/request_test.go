package frame_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
)

// requireRequestAsStandard decodes data with both decoders and compares.
func requireRequestAsStandard(t *testing.T, f *frame.Frame, data []byte) {
	t.Helper()
	var want logaggv1.CollectLogsRequest
	wantErr := proto.Unmarshal(data, &want)
	err := f.DecodeRequest(data)
	if wantErr != nil {
		require.ErrorIs(t, err, frame.ErrMalformed, "standard: %v", wantErr)
		require.Empty(t, f.Entries)
		return
	}
	require.NoError(t, err)
	for _, e := range want.GetEntries() {
		if len(e.GetFields()) > 128 {
			return // Of so many it does not matter which they are.
		}
	}
	got := &logaggv1.CollectLogsRequest{
		ProducerId: string(f.ProducerID), Epoch: f.Epoch, Sequence: f.Sequence, Entries: sent(t, f.Entries),
	}
	require.Equal(t, encode(t, stripped(t, &want)), encode(t, got), "standard: %v, by hand: %v", &want, got)
}

// requests are encoded requests, ordinary and odd.
func requests(t testing.TB) map[string][]byte {
	t.Helper()
	ordinary := encode(t, load(3))
	join := slices.Concat[[]byte]
	of := func(entry []byte) []byte { return bytesField(nil, 4, entry) }
	return map[string][]byte{
		"empty": {}, "ordinary": ordinary, "twice": join(ordinary, ordinary),
		"negative numbers":       encode(t, &logaggv1.CollectLogsRequest{Epoch: -1, Sequence: -1 << 63}),
		"empty entry":            of(nil),
		"repeated name":          of(join(mapField("a", "1"), mapField("b", "2"), mapField("a", "3"), mapField("", ""))),
		"field without a name":   of(bytesField(nil, 5, bytesField(nil, 2, []byte("v")))),
		"field without a value":  of(bytesField(nil, 5, bytesField(nil, 1, []byte("k")))),
		"field turned round":     of(bytesField(nil, 5, bytesField(bytesField(nil, 2, []byte("v")), 1, []byte("k")))),
		"field with unknown":     of(bytesField(nil, 5, []byte{0x18, 1})),
		"field that is cut":      of(bytesField(nil, 5, []byte{0x0a, 5})),
		"message not UTF-8":      of(bytesField(nil, 4, []byte{0xff})),
		"value not UTF-8":        of(mapField("a", "\xff")),
		"producer not UTF-8":     bytesField(nil, 1, []byte{0xff}),
		"unknown":                protowire.AppendFixed32(protowire.AppendTag(nil, 99, protowire.Fixed32Type), 7),
		"a group":                protowire.AppendTag(protowire.AppendTag(nil, 50, protowire.StartGroupType), 50, protowire.EndGroupType),
		"a group without an end": protowire.AppendTag(nil, 50, protowire.StartGroupType),
		"entries of other type":  {0x20, 1},
		"number 0":               {0x00, 0x00},
	}
}

func TestDecodeRequestEqualsTheStandardDecoder(t *testing.T) {
	var again frame.Frame
	for name, data := range requests(t) {
		t.Run(name, func(t *testing.T) {
			requireRequestAsStandard(t, &frame.Frame{}, data)
			requireRequestAsStandard(t, &again, data)
			for n := range data {
				requireRequestAsStandard(t, &frame.Frame{}, data[:n])
			}
		})
	}
}

func TestManyFieldsOfOneNameTakeNoSquareOfTime(t *testing.T) {
	var fields []byte
	for i := range 100_000 {
		fields = append(fields, mapField(strings.Repeat("k", i%7), "")...)
	}
	var f frame.Frame
	require.NoError(t, f.DecodeRequest(bytesField(nil, 4, fields)))
	require.Len(t, f.Entries[0].Fields, 7)
}

func TestTooManyEntriesAreRefused(t *testing.T) {
	f := frame.Frame{MaxEntries: 3}
	require.NoError(t, f.DecodeRequest(encode(t, load(3))))
	require.ErrorIs(t, f.DecodeRequest(encode(t, load(4))), frame.ErrTooManyEntries)
	require.Empty(t, f.Entries)
}

func TestAFrameIsDecodedWithoutAllocations(t *testing.T) {
	data := encode(t, load(100))
	var f frame.Frame
	require.NoError(t, f.DecodeRequest(data))
	require.Zero(t, testing.AllocsPerRun(10, func() {
		if err := f.DecodeRequest(data); err != nil {
			t.Error(err)
		}
	}))
}

func FuzzDecodeRequestEqualsTheStandardDecoder(f *testing.F) {
	for _, data := range requests(f) {
		f.Add(data, []byte{})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var decoded frame.Frame
		requireRequestAsStandard(t, &decoded, first)
		requireRequestAsStandard(t, &decoded, second)
	})
}

func BenchmarkDecode(b *testing.B) {
	data := encode(b, load(1000))
	b.Run("by hand", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		var f frame.Frame
		for b.Loop() {
			if err := f.DecodeRequest(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var request logaggv1.CollectLogsRequest
			if err := proto.Unmarshal(data, &request); err != nil {
				b.Fatal(err)
			}
		}
	})
}
