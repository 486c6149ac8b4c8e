package disk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	// blockSize is what records are aligned to, and what a file system gives back of
	// the middle of a file.
	blockSize = 4096

	recordMagic   = "SLRC"
	recordVersion = 1
	// recordHeaderLen is that of magic, version, length of the identifier, size and
	// checksum of the content, room for the identifier, and the checksum of all that.
	recordHeaderLen = 4 + 2 + 2 + 4 + 4 + maxIDLength + 4

	// maxPacked is the largest content that goes to a pack.
	maxPacked = 64 << 10
	// maxRecord is the room of the largest record.
	maxRecord = (recordHeaderLen + maxPacked + blockSize - 1) / blockSize * blockSize
)

// record is a content in a pack.
type record struct {
	// id is what the content was put under.
	id string
	// at is where the record begins, size the length of its content.
	at, size int64
	// sum is the CRC32C of the content.
	sum uint32
}

// start is where the content begins.
func (r record) start() int64 { return r.at + recordHeaderLen }

// end is where the record's last block ends.
func (r record) end() int64 { return r.at + recordRoom(r.size) }

// recordRoom is what the record of a content takes.
func recordRoom(size int64) int64 { return alignUp(recordHeaderLen + size) }

func alignUp(n int64) int64 { return (n + blockSize - 1) / blockSize * blockSize }

// appendTo appends the record's header to b.
func (r record) appendTo(b []byte, s salt) []byte {
	begin := len(b)
	b = append(b, recordMagic...)
	b = binary.LittleEndian.AppendUint16(b, recordVersion)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(r.id)))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.size))
	b = binary.LittleEndian.AppendUint32(b, r.sum)
	b = append(b, r.id...)
	b = append(b, make([]byte, maxIDLength-len(r.id))...)
	return binary.LittleEndian.AppendUint32(b, headerSum(b[begin:], s, r.at))
}

// headerSum binds a header to its pack and its place there.
func headerSum(header []byte, s salt, at int64) uint32 {
	var place [saltSize + 8]byte
	copy(place[:], s[:])
	binary.LittleEndian.PutUint64(place[saltSize:], uint64(at))
	return crc32.Update(crc32.Checksum(place[:], castagnoli), castagnoli, header)
}

// errNoRecord says that nothing is there: a hole.
var errNoRecord = fmt.Errorf("no record is there: %w", fs.ErrNotExist)

// decodeRecord reads the header of the record at an offset of a pack.
func decodeRecord(h []byte, s salt, at int64) (record, error) {
	body := h[:recordHeaderLen-4]
	if binary.LittleEndian.Uint32(h[recordHeaderLen-4:]) != headerSum(body, s, at) {
		if isZero(h) {
			return record{}, errNoRecord
		}
		return record{}, fmt.Errorf("the header at %x: %w", at, core.ErrDamaged)
	}
	r := record{
		at:   at,
		size: int64(binary.LittleEndian.Uint32(body[8:])),
		sum:  binary.LittleEndian.Uint32(body[12:]),
	}
	idLength := int(binary.LittleEndian.Uint16(body[6:]))
	if idLength > maxPackedIDLength || r.size > maxPacked ||
		string(body[:4]) != recordMagic || binary.LittleEndian.Uint16(body[4:]) != recordVersion {
		return record{}, fmt.Errorf("the header at %x is not of format version %d: %w", at, recordVersion, core.ErrDamaged)
	}
	if r.id = string(body[16 : 16+idLength]); !validID(r.id) {
		return record{}, fmt.Errorf("the header at %x has no identifier: %w", at, core.ErrDamaged)
	}
	return r, nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
