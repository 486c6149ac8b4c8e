package journal

import (
	"fmt"
	"testing"
)

// BenchmarkSeal seals a group of 1 MiB, which the writer does before it writes.
func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 100 << 10} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			key, _, _ := newTestKeys().New(b.Context(), "")
			s, codec := sealer{}, newFrameCodec(identity{})
			seg := &segment{sealed: true, key: key}
			frame := frameHeader + size + sealOverhead
			var group []byte
			for range (1 << 20) / frame {
				group = codec.appendHeader(group, 0, false, kindSealed, frame-frameHeader, 0)
				group = append(group, make([]byte, frame-frameHeader)...)
			}
			b.SetBytes(int64(len(group)))
			b.ReportAllocs()
			for b.Loop() {
				s.sealGroup(seg, &codec, group, 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(len(group)/frame)), "ns/record")
		})
	}
}
