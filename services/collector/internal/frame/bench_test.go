package frame_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// loads are frames of 10 metrics a point: in equal order, in the random order
// of an encoder that walks a map, with tags, and alone.
func loads(b *testing.B) map[string][]byte {
	b.Helper()
	shuffled, err := proto.Marshal(load(5000, 10, nil))
	require.NoError(b, err)
	return map[string][]byte{
		"plain":    encode(b, load(5000, 10, nil)),
		"shuffled": shuffled,
		"tags":     encode(b, load(5000, 10, map[string]string{"host": "a-17", "region": "eu", "rack": "r-4"})),
		"single":   encode(b, load(1, 10, nil)),
	}
}

func perSample(b *testing.B, samples int) {
	b.Helper()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(samples), "ns/sample")
}

func BenchmarkDecode(b *testing.B) {
	for name, data := range loads(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			var f frame.Frame
			for b.Loop() {
				if err := f.DecodeRequest(data); err != nil {
					b.Fatal(err)
				}
			}
			perSample(b, len(f.Points)*10)
		})
	}
	b.Run("standard", func(b *testing.B) {
		data := encode(b, load(5000, 10, nil))
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var request collectorv1.CollectDataPointsRequest
			if err := proto.Unmarshal(data, &request); err != nil {
				b.Fatal(err)
			}
		}
		perSample(b, 5000*10)
	})
}

func BenchmarkDecodeAccepted(b *testing.B) {
	var f frame.Frame
	require.NoError(b, f.DecodeRequest(encode(b, load(5000, 10, nil))))
	data := acceptedOf(b, frame.AppendAccepted(nil, &header, 17, nil, f.Points))
	var a frame.Accepted
	for name, decode := range map[string]func([]byte) error{"whole": a.Decode, "counts": a.DecodeCounts} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := decode(data); err != nil {
					b.Fatal(err)
				}
			}
			perSample(b, a.PointCount*10)
		})
	}
}

func BenchmarkAppendAccepted(b *testing.B) {
	var f frame.Frame
	require.NoError(b, f.DecodeRequest(encode(b, load(5000, 10, nil))))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = frame.AppendAccepted(dst[:0], &header, 17, nil, f.Points)
	}
	b.SetBytes(int64(len(dst)))
	perSample(b, len(f.Points)*10)
}
