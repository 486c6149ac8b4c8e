package disk

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	packMagic     = "SLPK"
	packVersion   = 1
	saltSize      = 16
	packHeaderLen = 4 + 2 + 2 + 8 + saltSize + 4

	// packStart is where the first record may begin. The blocks before it have the
	// header, one each, so that one bad block is not the loss of a pack.
	packStart = 2 * blockSize
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// salt is random and in the checksum of each record's header, so that nobody can
// make content that passes for a record.
type salt [saltSize]byte

func newSalt() (s salt) {
	_, _ = rand.Read(s[:]) // It never fails.
	return s
}

// encodePackHeader returns the first blocks of a pack.
func encodePackHeader(number uint64, s salt) []byte {
	h := make([]byte, 0, packHeaderLen)
	h = append(h, packMagic...)
	h = binary.LittleEndian.AppendUint16(h, packVersion)
	h = binary.LittleEndian.AppendUint16(h, 0)
	h = binary.LittleEndian.AppendUint64(h, number)
	h = append(h, s[:]...)
	h = binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
	blocks := make([]byte, packStart)
	copy(blocks, h)
	copy(blocks[blockSize:], h)
	return blocks
}

// decodePackHeader returns the salt of a pack from its first blocks.
func decodePackHeader(blocks []byte, number uint64) (salt, error) {
	for at := 0; at+packHeaderLen <= len(blocks); at += blockSize {
		h := blocks[at : at+packHeaderLen]
		if s, ok := decodePackBlock(h, number); ok {
			return s, nil
		}
	}
	return salt{}, fmt.Errorf("pack %x has no header of format version %d: %w", number, packVersion, core.ErrDamaged)
}

func decodePackBlock(h []byte, number uint64) (s salt, ok bool) {
	body, sum := h[:packHeaderLen-4], binary.LittleEndian.Uint32(h[packHeaderLen-4:])
	copy(s[:], body[16:])
	return s, sum == crc32.Checksum(body, castagnoli) &&
		bytes.Equal(body[:4], []byte(packMagic)) &&
		binary.LittleEndian.Uint16(body[4:]) == packVersion &&
		binary.LittleEndian.Uint64(body[8:]) == number
}
