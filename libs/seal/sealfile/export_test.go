package sealfile

import "encoding/binary"

// Checksum makes the checksum of a page right.
func Checksum(page []byte) {
	binary.LittleEndian.PutUint32(page[checksumAt:], checksum(page[:checksumAt]))
}
