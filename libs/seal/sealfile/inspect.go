package sealfile

import "io"

// Info is what can be said of a sealed file without its key.
type Info struct {
	Object Object
	// SegmentSize in bytes of plaintext.
	SegmentSize int
	// Generation of the header; 2 for a file that was never rewrapped.
	Generation uint64
	// DamagedPages of the header, 0 or 1: with one the file is read as ever,
	// and rewrapping heals it.
	DamagedPages int
	// Size of the plaintext in bytes if the file is finished, -1 otherwise. It
	// is not proven.
	Size int64
}

// Inspect looks at the header of a sealed file of so many bytes. An error that
// wraps seal.ErrDamaged says that neither page is whole.
func Inspect(from io.ReaderAt, sealedSize int64) (Info, error) {
	slots, err := readSlots(from)
	if err != nil {
		return Info{}, err
	}
	info := Info{Object: slots[0].object, SegmentSize: slots[0].segmentSize, Generation: slots[0].generation}
	if slots[1].err != nil {
		info.DamagedPages = 1
	}
	if info.Size, err = (&Segments{size: info.SegmentSize}).PlainSize(sealedSize); err != nil {
		info.Size = -1
	}
	return info, nil
}
