package compression

import (
	"runtime"
	"sync"

	"google.golang.org/grpc/encoding"
)

// The names of the compressions, as grpc-encoding has them.
const (
	Gzip = "gzip"
	Zstd = "zstd"
)

// Register makes grpc-go know gzip and zstd, in the place of what it knew by
// these names. Only the first call does something. It must return before any
// gRPC server or client of the process is used: grpc-go's registry has no lock.
func Register() { register() }

var register = sync.OnceFunc(func() {
	decompressors := runtime.GOMAXPROCS(0)
	encoding.RegisterCompressor(newGzip(decompressors))
	encoding.RegisterCompressor(newZstd(decompressors))
})
