package client

import (
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/compression"
)

// Compression is how a client compresses what it sends, and a server what it
// answers.
type Compression string

// The compressions.
const (
	// NoCompression is the default.
	NoCompression Compression = ""
	// Gzip is for servers and proxies that know nothing else: about a tenth larger
	// than [Zstd], and several times the CPU to decompress.
	Gzip Compression = compression.Gzip
	// Zstd makes points and logs about a quarter of their size.
	Zstd Compression = compression.Zstd
)

// WithCompression compresses the messages of every call. It pays for points and
// logs where the network is slow or charged for: see ADR 0029 for figures. It
// does not pay on a fast network, nor for files that are compressed already,
// which most large ones are. A client that sends both is better two clients.
//
// The first option of this kind changes the gRPC library of the whole process,
// which must not be in use at that moment: make such a client before you make
// any other gRPC client or server.
func WithCompression(c Compression) Option {
	return func(o *options) {
		if c == NoCompression {
			return
		}
		compression.Register()
		o.dialOptions = append(o.dialOptions, grpc.WithDefaultCallOptions(grpc.UseCompressor(string(c))))
	}
}
