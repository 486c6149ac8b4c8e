package journal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

const (
	keySuffix  = ".key"
	keyMagic   = "SLUICEJK"
	keyVersion = 1
	// keyHeader is the number of bytes before a wrapped key; two copies stand in
	// the file, keyStride apart, so that one bad block costs no segment.
	keyHeader  = 36
	keyStride  = 4096
	maxWrapped = keyStride - keyHeader
)

func keyName(base Position) string {
	return strings.TrimSuffix(segmentName(base), segmentSuffix) + keySuffix
}

// parseKeyName returns the position where the segment of this key begins.
func parseKeyName(name string) (Position, bool) {
	digits, ok := strings.CutSuffix(name, keySuffix)
	if !ok {
		return 0, false
	}
	return parseSegmentName(digits + segmentSuffix)
}

func encodeKey(id identity, base Position, wrapped []byte) []byte {
	b := make([]byte, 0, keyHeader+len(wrapped))
	b = append(b, keyMagic...)
	b = append(b, id[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(base))
	b = binary.LittleEndian.AppendUint32(b, keyVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(wrapped)))
	sum := crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, wrapped)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, wrapped...)
}

// decodeKey returns the wrapped key in a copy. It is false for one that is
// damaged, and an error for one that is whole and of no use here.
func decodeKey(b []byte, id identity, base Position) (wrapped []byte, ok bool, err error) {
	if len(b) < keyHeader || !bytes.HasPrefix(b, []byte(keyMagic)) {
		return nil, false, nil
	}
	size := binary.LittleEndian.Uint32(b[28:])
	if size == 0 || int64(size) > int64(len(b)-keyHeader) {
		return nil, false, nil
	}
	wrapped = b[keyHeader : keyHeader+size]
	if crc32.Update(crc32.Checksum(b[:32], castagnoli), castagnoli, wrapped) != binary.LittleEndian.Uint32(b[32:]) {
		return nil, false, nil
	}
	if version := binary.LittleEndian.Uint32(b[24:]); version != keyVersion {
		return nil, false, fmt.Errorf("journal: %s has format version %d, and this program knows version %d: use the program that wrote it",
			keyName(base), version, keyVersion)
	}
	if identity(b[8:16]) != id || Position(binary.LittleEndian.Uint64(b[16:])) != base {
		return nil, false, fmt.Errorf("journal: %s is the key of another segment: bring the right one back from a copy", keyName(base))
	}
	return wrapped, true, nil
}

// putKey makes a wrapped key durable. A record that needs it is written later.
func putKey(fsys fileSystem, id identity, base Position, wrapped []byte) error {
	copied := encodeKey(id, base, wrapped)
	return writeWhole(fsys, keyName(base), func(f file) error {
		return errors.Join(writeAt(f, copied, 0), writeAt(f, copied, keyStride))
	})
}

// readKey returns a wrapped key.
func readKey(fsys fileSystem, id identity, base Position) ([]byte, error) {
	content, err := readWhole(fsys, keyName(base), 2*keyStride)
	if err != nil && !isMissing(err) {
		return nil, fmt.Errorf("journal: can't read %s: %w", keyName(base), err)
	}
	for _, at := range []int{0, keyStride} {
		copied := content[min(len(content), at):]
		if wrapped, ok, err := decodeKey(copied[:min(len(copied), keyStride)], id, base); ok || err != nil {
			return wrapped, err
		}
	}
	return nil, fmt.Errorf("journal: %s is missing or damaged, and the records of %s can't be read without it: "+
		"bring it back from a copy, or move the segment away if its records can be lost", keyName(base), segmentName(base))
}

// openKey gives a sealed segment that has records its key.
func (s *segment) openKey(fsys fileSystem, keys Keys, id identity) error {
	if !s.sealed || s.size <= segmentHeader {
		return nil
	}
	if keys == nil {
		return fmt.Errorf("journal: %s: %w", s.name(), ErrSealed)
	}
	wrapped, err := readKey(fsys, id, s.base)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), keyTimeout)
	defer cancel()
	if s.key, err = keys.Unwrap(ctx, wrapped, keyObject(id)); err != nil {
		return fmt.Errorf("journal: can't unwrap the key of %s: %w", s.name(), err)
	}
	return nil
}

// rewrapKeys wraps the keys by the newest outer key that an older one has
// wrapped, so that nobody needs that any more.
func (v *survey) rewrapKeys(fsys fileSystem, keys Keys) error {
	for _, seg := range v.segments {
		if seg.key == nil {
			continue
		}
		if err := rewrapKey(fsys, keys, v.id, seg.base); err != nil {
			return err
		}
	}
	return nil
}

func rewrapKey(fsys fileSystem, keys Keys, id identity, base Position) error {
	wrapped, err := readKey(fsys, id, base)
	if err != nil || keys.Current(wrapped) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), keyTimeout)
	defer cancel()
	if wrapped, err = keys.Rewrap(ctx, wrapped, keyObject(id)); err != nil {
		return fmt.Errorf("can't wrap the key of %s anew: %w", segmentName(base), err)
	}
	return putKey(fsys, id, base, wrapped)
}
