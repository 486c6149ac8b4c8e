package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

const (
	// segmentHeader is the number of bytes before a segment's frames.
	segmentHeader = 32
	segmentMagic  = "SLUICEJL"
	// plainVersion and sealedVersion are the formats of segments whose records
	// are plain, and sealed with the key beside them.
	plainVersion  = 1
	sealedVersion = 2

	segmentSuffix = ".segment"
	// temporarySuffix is of files that are renamed once they are durable.
	temporarySuffix = ".tmp"
	// lastBase keeps sums of positions and sizes within an int64.
	lastBase = 1 << 62
)

// identity tells journals apart. It is random, and mixed into every checksum of
// a frame's header, so that nothing in a record's data can pass for a frame.
type identity [8]byte

// segment is a file of the journal.
type segment struct {
	// base is the position of its first frame.
	base Position
	// end is the position where the next segment begins. It is 0 in the active
	// one.
	end Position
	// size of the file in bytes, and how much of it are holes under fillers.
	size, holes int64
	// sealed says that the records are sealed, with the key. That is nil where
	// the segment is only explained or has no record.
	sealed bool
	key    DataKey
}

func (s *segment) name() string { return segmentName(s.base) }

// taken is what the file takes on the disk.
func (s *segment) taken() int64 { return s.size - s.holes }

// content is the position behind the last byte of the file.
func (s *segment) content() Position {
	return s.base + Position(max(0, s.size-segmentHeader))
}

// offset returns where in the file the position is.
func (s *segment) offset(at Position) int64 { return segmentHeader + int64(at-s.base) }

func segmentName(base Position) string {
	return fmt.Sprintf("%020d%s", base, segmentSuffix)
}

// parseSegmentName returns the position where the segment of this name begins,
// and false for a name that is none of a segment.
func parseSegmentName(name string) (Position, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	base, err := strconv.ParseInt(digits, 10, 64)
	return Position(base), err == nil && base >= 0 && base <= lastBase
}

func encodeSegmentHeader(id identity, base Position, sealed bool) []byte {
	version := uint32(plainVersion)
	if sealed {
		version = sealedVersion
	}
	header := make([]byte, 0, segmentHeader)
	header = append(header, segmentMagic...)
	header = append(header, id[:]...)
	header = binary.LittleEndian.AppendUint64(header, uint64(base))
	header = binary.LittleEndian.AppendUint32(header, version)
	return binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, castagnoli))
}

// decodeSegmentHeader returns the identity in a segment's header, and whether its
// records are sealed. It is false for a header that is damaged, and an error for
// one that is whole and of no use here.
func decodeSegmentHeader(header []byte, base Position) (id identity, sealed, ok bool, err error) {
	if len(header) < segmentHeader || !bytes.HasPrefix(header, []byte(segmentMagic)) ||
		crc32.Checksum(header[:28], castagnoli) != binary.LittleEndian.Uint32(header[28:]) {
		return id, false, false, nil
	}
	version := binary.LittleEndian.Uint32(header[24:])
	if version != plainVersion && version != sealedVersion {
		return id, false, false, fmt.Errorf("journal: %s has format version %d, and this program knows versions %d and %d: use the program that wrote it",
			segmentName(base), version, plainVersion, sealedVersion)
	}
	if own := Position(binary.LittleEndian.Uint64(header[16:])); own != base {
		return id, false, false, fmt.Errorf("journal: %s says that it begins at %d: give it back its name", segmentName(base), own)
	}
	return identity(header[8:16]), version == sealedVersion, true, nil
}
