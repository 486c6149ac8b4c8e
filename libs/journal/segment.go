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
	segmentHeader  = 32
	segmentMagic   = "SLUICEJL"
	segmentVersion = 1
	segmentSuffix  = ".segment"
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

func encodeSegmentHeader(id identity, base Position) []byte {
	header := make([]byte, 0, segmentHeader)
	header = append(header, segmentMagic...)
	header = append(header, id[:]...)
	header = binary.LittleEndian.AppendUint64(header, uint64(base))
	header = binary.LittleEndian.AppendUint32(header, segmentVersion)
	return binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, castagnoli))
}

// decodeSegmentHeader returns the identity in a segment's header. It is false
// for a header that is damaged, and an error for one that is whole and of no
// use here.
func decodeSegmentHeader(header []byte, base Position) (id identity, ok bool, err error) {
	if len(header) < segmentHeader || !bytes.HasPrefix(header, []byte(segmentMagic)) ||
		crc32.Checksum(header[:28], castagnoli) != binary.LittleEndian.Uint32(header[28:]) {
		return id, false, nil
	}
	if version := binary.LittleEndian.Uint32(header[24:]); version != segmentVersion {
		return id, false, fmt.Errorf("journal: %s has format version %d, and this program knows version %d: use the program that wrote it",
			segmentName(base), version, segmentVersion)
	}
	if own := Position(binary.LittleEndian.Uint64(header[16:])); own != base {
		return id, false, fmt.Errorf("journal: %s says that it begins at %d: give it back its name", segmentName(base), own)
	}
	return identity(header[8:16]), true, nil
}
