package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// BenchmarkFileUpload sends a file of 10 MB in chunks of 64 KiB through the
// whole chain to disk, verified and synced, client and server in one process
// and nothing but memory between them. Allocations are those of both sides.
func BenchmarkFileUpload(b *testing.B) {
	const size = 10_000_000
	content := random(size)
	h := openHarness(b, b.TempDir(), size)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		u := h.begin(b, &request{FileName: "data.bin", TotalSize: proto.Int64(size)})
		u.sendContent(content, 0, size, true)
		require.Equal(b, int64(size), u.receipt().GetTotalSize())
	}
}
