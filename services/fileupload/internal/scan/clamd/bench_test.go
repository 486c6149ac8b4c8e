package clamd

import (
	"strings"
	"testing"

	"github.com/dustin/go-humanize"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/clamd"
)

// BenchmarkScan has a clamd that knows one signature: it measures the way there
// and back, not what the official database costs.
func BenchmarkScan(b *testing.B) {
	server := clamd.Start(b, "StreamMaxLength 100M")
	for network, address := range map[string]string{"unix": server.Socket, "tcp": server.Addr} {
		for _, length := range []int{4 << 10, 64 << 20} {
			b.Run(network+"/"+humanize.IBytes(uint64(length)), func(b *testing.B) {
				s, content := New(Config{Address: address}), filler(length)
				b.SetBytes(int64(length))
				b.ReportAllocs()
				for b.Loop() {
					verdict, err := s.Scan(b.Context(), strings.NewReader(content))
					require.NoError(b, err)
					require.False(b, verdict.Infected)
				}
			})
		}
	}
}
