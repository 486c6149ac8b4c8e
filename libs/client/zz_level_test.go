package client

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func BenchmarkLevels(b *testing.B) {
	for kind, frame := range benchFrames(b) {
		for l := zstd.SpeedFastest; l <= zstd.SpeedBetterCompression; l++ {
			e, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(l), zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
			b.Run(fmt.Sprintf("%s/zstd-%v", kind, l), func(b *testing.B) {
				var out []byte
				b.SetBytes(int64(len(frame)))
				for b.Loop() {
					out = e.EncodeAll(frame, out[:0])
				}
				b.ReportMetric(float64(len(frame))/float64(len(out)), "ratio")
			})
		}
		for _, l := range []int{1, 3, 6} {
			b.Run(fmt.Sprintf("%s/gzip-%d", kind, l), func(b *testing.B) {
				var out bytes.Buffer
				w, _ := gzip.NewWriterLevel(&out, l)
				b.SetBytes(int64(len(frame)))
				for b.Loop() {
					out.Reset()
					w.Reset(&out)
					_, _ = w.Write(frame)
					_ = w.Close()
				}
				b.ReportMetric(float64(len(frame))/float64(out.Len()), "ratio")
			})
		}
	}
}
