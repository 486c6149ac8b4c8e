package frame_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

func bitsOf(value float64) uint64 { return math.Float64bits(value) }

// requireAsStandard decodes data with both decoders and compares.
func requireAsStandard(t *testing.T, f *frame.Frame, data []byte) {
	t.Helper()
	var want collectorv1.CollectDataPointsRequest
	wantErr := proto.Unmarshal(data, &want)
	err := f.DecodeRequest(data)
	if wantErr != nil {
		require.ErrorIs(t, err, frame.ErrMalformed, "standard: %v", wantErr)
		require.Empty(t, f.Points)
		return
	}
	require.NoError(t, err)
	require.Equal(t, want.GetProducerId(), string(f.ProducerID))
	require.Equal(t, want.GetEpoch(), f.Epoch)
	require.Equal(t, want.GetSequence(), f.Sequence)
	requireSamePoints(t, want.GetPoints(), f.Points)
}

func names(n int, name func(int) string) []byte {
	var point []byte
	for i := range n {
		point = metric(point, name(i), float64(i))
	}
	return point
}

// requests are encoded requests, ordinary and odd.
func requests(t testing.TB) map[string][]byte {
	t.Helper()
	ordinary := encode(t, load(3, 10, nil))
	plain := metric(nil, "cpu", 1)
	unknown := protowire.AppendFixed32(protowire.AppendTag(nil, 99, protowire.Fixed32Type), 7)
	group := protowire.AppendTag(protowire.AppendTag(nil, 50, protowire.StartGroupType), 50, protowire.EndGroupType)
	return map[string][]byte{
		"empty":                    {},
		"ordinary":                 ordinary,
		"tags":                     encode(t, load(3, 2, map[string]string{"host": "a", "region": "ü", "": ""})),
		"negative numbers":         encode(t, &collectorv1.CollectDataPointsRequest{Epoch: -1, Sequence: math.MinInt64}),
		"empty point":              requestOf(nil),
		"other metrics in turn":    requestOf(names(3, name("a")), names(2, name("b")), names(3, name("a")), names(4, name("a"))),
		"fewer, then more":         requestOf(names(3, name("a")), names(1, name("a")), names(3, name("a"))),
		"repeat":                   requestOf(metric(metric(plain, "mem", 2), "cpu", 3)),
		"repeat, then as before":   requestOf(metric(plain, "cpu", 3), metric(plain, "cpu", 4), plain),
		"new name repeats old one": requestOf(metric(plain, "mem", 2), metric(metric(nil, "mem", 3), "mem", 4), metric(plain, "mem", 5)),
		"many, some repeated":      requestOf(names(100, func(i int) string { return fmt.Sprint("m", i*7%60) })),
		"many, all repeated":       requestOf(names(100, func(int) string { return "m" })),
		"many unsorted":            requestOf(names(100, func(i int) string { return fmt.Sprint("m", i*7%100) })),
		"repeated tag":             requestOf(tag(tag(tag(nil, "b", "1"), "a", "2"), "b", "3")),
		"long names":               requestOf(metric(metric(nil, strings.Repeat("n", 127), 1), strings.Repeat("n", 200), 2), metric(nil, strings.Repeat("n", 200), 2)),
		"entry without key":        requestOf(field(nil, 3, protowire.AppendFixed64(protowire.AppendTag(nil, 2, protowire.Fixed64Type), 1))),
		"entry without value":      requestOf(field(plain, 3, field(nil, 1, []byte("cpu")))),
		"empty entries":            requestOf(field(field(nil, 3, nil), 4, nil)),
		"value before key":         requestOf(field(nil, 3, field(protowire.AppendFixed64(protowire.AppendTag(nil, 2, protowire.Fixed64Type), 1), 1, []byte("cpu")))),
		"entry with unknown field": requestOf(field(nil, 3, append(field(nil, 1, []byte("cpu")), unknown...)), plain),
		"entry with a group":       requestOf(field(nil, 4, append(field(nil, 1, []byte("cpu")), group...))),
		"value of another type":    requestOf(field(nil, 3, field(field(nil, 1, []byte("cpu")), 2, []byte("12345678")))),
		"unknown in a point":       requestOf(append(plain, unknown...), append(unknown, plain...)),
		"unknown in the request":   append(append([]byte{}, unknown...), ordinary...),
		"group":                    append(append([]byte{}, group...), ordinary...),
		"group that is not begun":  protowire.AppendTag(nil, 50, protowire.EndGroupType),
		"group that is not ended":  protowire.AppendTag(nil, 50, protowire.StartGroupType),
		"field number 0":           {0x02, 0x00},
		"largest field number":     append(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), 0),
		"field number too large":   append(protowire.AppendVarint(nil, (uint64(protowire.MaxValidNumber)+1)<<3), 0),
		"too large in an entry":    requestOf(field(nil, 3, append(protowire.AppendVarint(nil, (uint64(protowire.MaxValidNumber)+1)<<3), 0))),
		"reserved wire type":       {0x0f, 0x00},
		"points of another type":   {0x20, 0x05},
		"epoch of another type":    field(nil, 2, []byte{1, 2, 3}),
		"scalar repeated":          {0x10, 0x01, 0x10, 0x02, 0x0a, 0x01, 'a', 0x0a, 0x01, 'b'},
		"long varints":             {0x90, 0x80, 0x00, 0x81, 0x80, 0x00, 0x8a, 0x00, 0x81, 0x00, 'x'},
		"varint of 65 bits":        {0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
		"metric with long lengths": requestOf(plain, append([]byte{0x1a, 0x8e, 0x00, 0x0a, 0x03}, plain[4:]...), plain),
		"metric with long tag":     requestOf(plain, append([]byte{0x9a, 0x00}, plain[1:]...), plain),
		"producer is not UTF-8":    {0x0a, 0x01, 0xff},
		"source is not UTF-8":      requestOf(field(nil, 1, []byte{0xff})),
		"metric is not UTF-8":      requestOf(metric(nil, "\xff", 1)),
		"bad metric, then good":    requestOf(field(nil, 3, append(field(nil, 1, []byte("\xff")), field(nil, 1, []byte("ok"))...))),
		"tag is not UTF-8":         requestOf(tag(nil, "\xff", "")),
		"tag's value is not UTF-8": requestOf(tag(nil, "a", "\xff")),
		"NaN and infinity":         requestOf(metric(metric(nil, "a", math.Inf(1)), "b", math.Inf(-1))),
	}
}

func name(prefix string) func(int) string {
	return func(i int) string { return fmt.Sprint(prefix, i) }
}

func TestDecodeRequestEqualsTheStandardDecoder(t *testing.T) {
	for name, data := range requests(t) {
		t.Run(name, func(t *testing.T) {
			requireAsStandard(t, &frame.Frame{}, data)
		})
	}
}

func TestDecodeRequestRefusesEveryTruncation(t *testing.T) {
	data := encode(t, load(2, 3, map[string]string{"host": "a"}))
	for n := range data {
		requireAsStandard(t, &frame.Frame{}, data[:n])
	}
}

func TestDecodingAgainForgetsTheFrameBefore(t *testing.T) {
	var f frame.Frame
	cases := requests(t)
	for range 3 {
		for _, data := range cases {
			requireAsStandard(t, &f, data)
		}
	}
	requireAsStandard(t, &f, nil)
	require.NoError(t, f.DecodeRequest(encode(t, load(2, 2, nil))))
	f.Reset()
	require.Equal(t, frame.Frame{}, f.WithoutMemory())
}

func TestResetKeepsTheMemoryOfOrdinaryFrames(t *testing.T) {
	var f frame.Frame
	require.NoError(t, f.DecodeRequest(encode(t, load(100, 10, nil))))
	f.Reset()
	require.GreaterOrEqual(t, f.KeptMetrics(), 1000)
	require.NoError(t, f.DecodeRequest(requestOf(bytes.Repeat([]byte{0x1a, 0x00}, 200_000))))
	f.Reset()
	require.Zero(t, f.KeptMetrics())
}

func TestPointsOfRandomNamesEqualTheStandardDecoder(t *testing.T) {
	random := rand.New(rand.NewPCG(42, 0))
	var f frame.Frame
	for range 500 {
		var points [][]byte
		for range random.IntN(5) {
			var point []byte
			for range random.IntN(40) {
				point = metric(point, fmt.Sprint("m", random.IntN(60)), random.Float64())
				if random.IntN(4) == 0 {
					point = tag(point, fmt.Sprint("t", random.IntN(10)), fmt.Sprint(random.IntN(9)))
				}
			}
			points = append(points, point)
		}
		requireAsStandard(t, &f, requestOf(points...))
	}
}

func TestARepeatedNameTakesItsFirstPlace(t *testing.T) {
	for _, filler := range []int{0, 100} {
		point := metric(metric(metric(nil, "z", 1), "a", 2), "z", 3)
		for i := range filler {
			point = metric(point, fmt.Sprint("f", i), 4)
		}
		var f frame.Frame
		require.NoError(t, f.DecodeRequest(requestOf(point)))
		require.Len(t, f.Points[0].Metrics, 2+filler)
		require.Equal(t, frame.Metric{Name: []byte("z"), Value: 3}, f.Points[0].Metrics[0])
		require.Equal(t, frame.Metric{Name: []byte("a"), Value: 2}, f.Points[0].Metrics[1])
	}
}

func TestAFrameOfTooManyPointsIsRefused(t *testing.T) {
	f := frame.Frame{MaxPoints: 3}
	require.NoError(t, f.DecodeRequest(encode(t, load(3, 1, nil))))
	require.ErrorIs(t, f.DecodeRequest(encode(t, load(4, 1, nil))), frame.ErrTooManyPoints)
	require.Empty(t, f.Points)
	require.Equal(t, 3, f.MaxPoints)
}

func TestDecodingAllocatesNothing(t *testing.T) {
	data := encode(t, load(100, 10, map[string]string{"host": "a", "region": "b"}))
	odd := requestOf(names(100, func(i int) string { return fmt.Sprint("m", i*7%60) }))
	var f frame.Frame
	require.Zero(t, testing.AllocsPerRun(10, func() {
		require.NoError(t, f.DecodeRequest(data))
		require.NoError(t, f.DecodeRequest(odd))
	}))
}

func FuzzDecodeRequestEqualsTheStandardDecoder(f *testing.F) {
	for _, data := range requests(f) {
		f.Add(data, []byte{})
	}
	f.Add(encode(f, load(2, 2, nil)), encode(f, load(3, 2, nil)))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var decoded frame.Frame
		requireAsStandard(t, &decoded, first)
		requireAsStandard(t, &decoded, second)
	})
}
