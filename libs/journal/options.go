package journal

import "fmt"

// maxGroupBytes bounds groups and records, so that a filler over all that a
// failure takes with it fits into one frame.
const maxGroupBytes = 64 << 20

// Options of a journal. A zero field means its default.
type Options struct {
	// SegmentBytes is the size at which a new segment begins. Default 64 MiB,
	// or a quarter of MaxBytes if that is less.
	SegmentBytes int64
	// MaxBytes bounds all segments together. An Append that would go beyond it
	// fails with ErrFull until something is trimmed. It must have room for a
	// segment and a group. Default 4 GiB.
	MaxBytes int64
	// MinFreeBytes is the free space that the file system must keep. Append
	// fails with ErrFull while there is less. It is looked at once a group.
	// Default 256 MiB; negative is no bound.
	MinFreeBytes int64
	// GroupBytes is the most that gathers for one sync. Append waits when there
	// is more. Two groups are held in memory. Default 4 MiB, or an eighth of
	// MaxBytes if that is less; at most 64 MiB.
	GroupBytes int
	// MaxRecordBytes is the largest record. Default 16 MiB, or a quarter of
	// MaxBytes if that is less; at most 64 MiB.
	MaxRecordBytes int
	// Applied is how much of this journal the caller has taken in already. New
	// records never get a position before it, even if the folder has lost its
	// end. Default 0.
	Applied Position
	// Keys make the records that are appended sealed, and open those that are.
	// They take 28 bytes more each, and a buffer of the largest record for
	// writing and for each reader. Without keys records are plain, and a journal
	// that still has sealed ones does not open. Default nil.
	Keys Keys
	// OnRollback is called after a write or sync failed, with the durable
	// position and the cause. Nothing behind that position exists any more: all
	// Appends that were waiting have failed, and later ones fail until
	// OnRollback has returned and the journal is whole again. It is called by
	// the goroutine that writes, so it must not wait for the journal or close
	// it. Default nil.
	OnRollback func(durable Position, cause error)

	fs fileSystem // nil means the real one; tests give their own
}

func (o Options) withDefaults() (Options, error) {
	setDefault(&o.MaxBytes, 4<<30)
	setDefault(&o.SegmentBytes, min(64<<20, o.MaxBytes/4))
	setDefault(&o.MinFreeBytes, 256<<20)
	setDefault(&o.GroupBytes, int(min(4<<20, o.MaxBytes/8)))
	setDefault(&o.MaxRecordBytes, int(min(16<<20, o.MaxBytes/4)))
	return o, o.validate()
}

func setDefault[T int | int64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

func (o Options) validate() error {
	switch {
	case o.SegmentBytes < 1 || o.GroupBytes < 1 || o.MaxRecordBytes < 1:
		return fmt.Errorf("journal: sizes of segments, groups and records must be positive, they are %d, %d and %d",
			o.SegmentBytes, o.GroupBytes, o.MaxRecordBytes)
	case o.GroupBytes > maxGroupBytes || o.MaxRecordBytes > maxGroupBytes:
		return fmt.Errorf("journal: groups and records may have at most %d bytes, not %d and %d",
			maxGroupBytes, o.GroupBytes, o.MaxRecordBytes)
	case o.Applied < 0:
		return fmt.Errorf("journal: the applied position can't be negative, it is %d", o.Applied)
	case o.MaxBytes < o.leastBytes():
		return fmt.Errorf("journal: with segments of %d, groups of %d and records of %d bytes the bound must be at least %d, not %d",
			o.SegmentBytes, o.GroupBytes, o.MaxRecordBytes, o.leastBytes(), o.MaxBytes)
	}
	return nil
}

// largestGroup is the most that one write can have: a record that is larger
// than GroupBytes is a group of its own.
func (o Options) largestGroup() int64 {
	return int64(max(o.GroupBytes, o.frameBytes(o.MaxRecordBytes)))
}

// frameBytes is what a record of some size takes with its framing.
func (o Options) frameBytes(size int) int {
	if o.Keys == nil {
		return frameHeader + size
	}
	return frameHeader + size + sealOverhead
}

// leastBytes is what an active segment, which is never trimmed, and one more
// group take. With less the journal could stay full for ever.
func (o Options) leastBytes() int64 {
	return max(o.SegmentBytes, o.largestGroup()) + o.largestGroup() + 2*segmentHeader
}
