// Package compression compresses gRPC's messages with gzip and zstd, in bounded
// memory.
//
// [Register] puts both into grpc-go's registry, which is one for the process. A
// server then takes messages in either, and answers a call as its request was
// compressed.
//
// # Bounds
//
// A compressed message is in memory as a whole before it is decompressed, so
// decompressing it waits for nobody. There are hence no more decompressors than
// CPUs, and calls take turns: a thousand messages at once hold no more than
// those few. A zstd decompressor holds the window of its message, at most
// [MaxWindow], and 256 KiB; one of gzip about 40 KiB. What has been decompressed
// is grpc-go's, which stops one byte behind the limit of its server or client.
//
// gzip cannot expand a message to more than 1,032 times its size. zstd can, by
// far, so that its messages are held to [MaxRatio] by this package, beside the
// first [FreeBytes]: what expands further is refused as [ErrBomb].
//
// # Other clients
//
// A message of mostly zeros, or of the same line ten thousand times, is honest
// and compresses better than that. This package's compressor puts a skippable
// frame of zstd (RFC 8878, 3.1.2) before such a message, as long as the bound
// wants. Another client does the same, sends such a message without compression,
// or uses gzip. It also keeps its window to 8 MiB, which the levels up to 19 of
// the zstd library do without its long-distance mode, and uses no dictionary.
//
// # Errors
//
// grpc-go tells a client of a message that cannot be decompressed with INTERNAL
// and its own words around this package's, before any interceptor or codec is
// asked; there is no way to add a reason. One that is larger than the limit is
// RESOURCE_EXHAUSTED. A compression that is not registered is UNIMPLEMENTED.
package compression
