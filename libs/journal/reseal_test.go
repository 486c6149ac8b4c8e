package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// reseal changes a byte of a segment's header and makes its checksum fit.
func reseal(header []byte, i int, b byte) []byte {
	header[i] = b
	binary.LittleEndian.PutUint32(header[28:], crc32.Checksum(header[:28], castagnoli))
	return header
}
