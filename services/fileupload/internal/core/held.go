package core

import "bytes"

// maxHeld is the largest content that is held in memory until it is stored at
// once, in bytes.
const maxHeld = 64 << 10

// heldPart is the part of an upload whose one message carries the whole of a small
// file. The store learns of it when it is complete.
type heldPart struct {
	bytes []byte
}

var _ Part = (*heldPart)(nil)

// Append keeps a copy.
func (p *heldPart) Append(segments [][]byte) error {
	for _, segment := range segments {
		p.bytes = append(p.bytes, segment...)
	}
	return nil
}

// ReadAt reads what was appended.
func (p *heldPart) ReadAt(b []byte, offset int64) (int, error) {
	return bytes.NewReader(p.bytes).ReadAt(b, offset)
}

// Durable is not asked for: the upload has no checkpoint.
func (p *heldPart) Durable(offset int64) int64 { return offset }

// Proof is not needed.
func (p *heldPart) Proof(int64) []byte { return nil }

// End, Sync and Close have nothing to do.
func (p *heldPart) End() error   { return nil }
func (p *heldPart) Sync() error  { return nil }
func (p *heldPart) Close() error { return nil }

// content is what was appended.
func (p *heldPart) content() [][]byte {
	if len(p.bytes) == 0 {
		return nil
	}
	return [][]byte{p.bytes}
}
