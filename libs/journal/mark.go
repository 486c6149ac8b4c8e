package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
)

const (
	markName  = "durable"
	markMagic = "SLUICEDM"
	// markSize is the number of bytes of a mark; two stand in the file,
	// markStride apart, and are overwritten in turn.
	markSize   = 32
	markStride = 512
)

// mark tells of a position that was durable at some time.
type mark struct {
	id      identity
	durable Position
}

// markFile is the file of the marks.
type markFile struct {
	file file
	id   identity
	turn int64
	buf  []byte
}

// createMarks opens the file of the marks for writing.
func createMarks(fsys fileSystem, id identity) (*markFile, error) {
	f, err := fsys.OpenFile(markName, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	return &markFile{file: f, id: id, buf: make([]byte, 0, markSize)}, nil
}

// put writes a mark over the older one, without a sync.
func (m *markFile) put(durable Position) error {
	m.turn = 1 - m.turn
	_, err := m.file.WriteAt(m.encode(durable), m.turn*markStride)
	return err
}

// putBoth overwrites both marks and syncs them.
func (m *markFile) putBoth(durable Position) error {
	return errors.Join(m.put(durable), m.put(durable), m.file.Sync())
}

func (m *markFile) encode(durable Position) []byte {
	b := m.buf[:0]
	b = append(b, markMagic...)
	b = append(b, m.id[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(durable))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readMark returns the later one of the marks, and false if none is whole.
func readMark(fsys fileSystem) (mark, bool, error) {
	content, err := readWhole(fsys, markName, markStride+markSize)
	if isMissing(err) {
		return mark{}, false, nil
	}
	if err != nil {
		return mark{}, false, err
	}
	first, ok1 := decodeMark(content)
	second, ok2 := decodeMark(content[min(len(content), markStride):])
	if !ok1 || ok2 && second.durable > first.durable {
		return second, ok2, nil
	}
	return first, true, nil
}

func decodeMark(b []byte) (mark, bool) {
	if len(b) < markSize || !bytes.HasPrefix(b, []byte(markMagic)) ||
		crc32.Checksum(b[:28], castagnoli) != binary.LittleEndian.Uint32(b[28:]) {
		return mark{}, false
	}
	m := mark{id: identity(b[8:16]), durable: Position(binary.LittleEndian.Uint64(b[16:]))}
	return m, m.durable >= 0 && m.durable <= lastBase
}
