// Package sealfile is the form of a sealed file: a stream of bytes encrypted in
// segments, so that it can be written by appending and read at any place.
//
// # Format
//
//	page 0      4096 bytes
//	page 1      4096 bytes
//	segment 0   nonce(12), ciphertext, tag(16)
//	segment 1   ...
//
// Either page is a whole header. Numbers are little-endian.
//
//	 0   8  magic, "\x89SLUICE\n"
//	 8   2  version, 1
//	10   1  binary logarithm of the segment size
//	11   5  zero
//	16  16  object, random
//	32   8  generation
//	40   4  length of the wrapped data key
//	44   n  wrapped data key, for the object "file/<object in hexadecimal>";
//	        zeros behind it
//	4092 4  CRC32C of the bytes before
//
// A new file has both pages, of generation 1 and 2. The page with the higher
// generation counts. To wrap the data key anew the other page is overwritten
// with a higher generation and synced, then the first one: at every moment one
// page is whole, also when a crash tears the one that is written. A file with
// one damaged page is read by the other.
//
// Every segment has the same number of bytes of plaintext, 64 KiB unless a test
// chose otherwise, and is 28 bytes longer sealed. The last is shorter, and may
// be empty: a file whose size is a multiple of the segment size ends with an
// empty one. So a file that ends with a whole segment was never finished.
//
// The associated data of a segment are object (16 bytes), index (8) and one
// byte, 1 for the last segment and 0 for the others. Segments that are altered,
// moved, taken from another file or missing do not open. The plaintext's size
// follows from the file's, and is proven when the last segment opens.
//
// The object is not the name of the file, which hard links and renames change.
// Whoever can write to the folder can put one whole sealed file in the place of
// another: only a checksum kept elsewhere shows that.
package sealfile
