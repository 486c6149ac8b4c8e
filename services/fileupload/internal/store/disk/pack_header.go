package disk

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
)

const (
	packMagic     = "SLPK"
	packVersion   = 1
	saltSize      = 16
	packHeaderLen = 4 + 2 + 2 + 8 + saltSize + 4

	// packStart is where the first record may begin. The blocks before it have the
	// header, one each, so that one bad block is not the loss of a pack.
	packStart = 2 * blockSize
	// markedBlock is where the header is that is written anew when the pack has
	// ended. The other one is never touched.
	markedBlock = blockSize

	// flagEnded says that nothing a write could have torn is in the pack.
	flagEnded = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// salt is random and in the checksum of each record's header, so that nobody can
// make content that passes for a record.
type salt [saltSize]byte

func newSalt() (s salt) {
	_, _ = rand.Read(s[:]) // It never fails.
	return s
}

// packHeader is what a pack begins with.
type packHeader struct {
	number uint64
	flags  uint16
	salt   salt
}

func (p packHeader) encode() []byte {
	h := make([]byte, 0, packHeaderLen)
	h = append(h, packMagic...)
	h = binary.LittleEndian.AppendUint16(h, packVersion)
	h = binary.LittleEndian.AppendUint16(h, p.flags)
	h = binary.LittleEndian.AppendUint64(h, p.number)
	h = append(h, p.salt[:]...)
	return binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// encodePackHeader returns the first blocks of a new pack.
func encodePackHeader(number uint64, s salt) []byte {
	h := packHeader{number: number, salt: s}.encode()
	blocks := make([]byte, packStart)
	copy(blocks, h)
	copy(blocks[blockSize:], h)
	return blocks
}

// decodePackHeader reads the header of the pack that has this number.
func decodePackHeader(h []byte, number uint64) (p packHeader, ok bool) {
	if len(h) < packHeaderLen {
		return packHeader{}, false
	}
	body, sum := h[:packHeaderLen-4], binary.LittleEndian.Uint32(h[packHeaderLen-4:])
	p.flags = binary.LittleEndian.Uint16(body[6:])
	p.number = binary.LittleEndian.Uint64(body[8:])
	copy(p.salt[:], body[16:])
	return p, sum == crc32.Checksum(body, castagnoli) &&
		bytes.Equal(body[:4], []byte(packMagic)) &&
		binary.LittleEndian.Uint16(body[4:]) == packVersion &&
		p.number == number
}
