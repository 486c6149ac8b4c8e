package journal

import (
	"context"
	"fmt"
	"hash/crc32"
)

// Append adds a record that is the concatenation of the parts, which it copies,
// and returns the position of its end. The record is not durable yet: see Wait
// and Moved. Append waits only while a whole group has gathered, until the
// context is done.
//
// It fails with ErrTooLarge, ErrFull, ErrFailed or ErrClosed; the record is not
// in the journal then.
func (j *Journal) Append(ctx context.Context, parts ...[]byte) (Position, error) {
	size, sum := j.measure(parts)
	if size > j.opts.MaxRecordBytes {
		return 0, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrTooLarge, size, j.opts.MaxRecordBytes)
	}
	if err := j.checkFree(); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.waitForRoom(ctx, j.opts.frameBytes(size)); err != nil {
		return 0, err
	}
	return j.gather(size, sum, parts), nil
}

// measure returns a record's size and, unless what is written is sealed and has
// another one, its checksum.
func (j *Journal) measure(parts [][]byte) (size int, sum uint32) {
	for _, part := range parts {
		size += len(part)
		if j.opts.Keys == nil {
			sum = crc32.Update(sum, castagnoli, part)
		}
	}
	return size, sum
}

// checkFree looks at the disk again if it was short of space.
func (j *Journal) checkFree() error {
	if !j.low.Load() {
		return nil
	}
	j.noteFree()
	if j.low.Load() {
		return fmt.Errorf("%w: the disk has less than %d free bytes", ErrFull, j.opts.MinFreeBytes)
	}
	return nil
}

// noteFree remembers whether the disk is short of space. A file system that
// can't tell is not.
func (j *Journal) noteFree() {
	if j.opts.MinFreeBytes < 0 {
		return
	}
	free, err := j.fs.Free()
	j.low.Store(err == nil && free < j.opts.MinFreeBytes)
}

// waitForRoom waits until the pending group has room for a frame. mu is held,
// though not while it waits.
func (j *Journal) waitForRoom(ctx context.Context, need int) error {
	for rollbacks := j.rollbacks; ; {
		if err := j.refusal(need); err != nil {
			return err
		}
		if j.rollbacks != rollbacks {
			return j.lastFailure
		}
		if len(j.pending) == 0 || len(j.pending)+need <= j.opts.GroupBytes {
			return nil
		}
		if err := j.waitUnlocked(ctx, j.room.next()); err != nil {
			return err
		}
	}
}

func (j *Journal) waitUnlocked(ctx context.Context, event <-chan struct{}) error {
	j.mu.Unlock()
	defer j.mu.Lock()
	select {
	case <-event:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// refusal returns why a frame can't be taken at all now.
func (j *Journal) refusal(need int) error {
	switch {
	case j.closed:
		return ErrClosed
	case j.failure != nil:
		return j.failure
	case j.bytes+int64(j.end-j.synced)+int64(need)+2*segmentHeader > j.opts.MaxBytes:
		return fmt.Errorf("%w of %d bytes", ErrBound, j.opts.MaxBytes)
	}
	return nil
}

// gather copies a record into the pending group. One that is to be sealed gets
// room for that, and is sealed by the writer.
func (j *Journal) gather(size int, sum uint32, parts [][]byte) Position {
	first := len(j.pending) == 0
	kind, room := kindRecord, j.opts.frameBytes(size)-frameHeader-size
	if room > 0 {
		kind = kindSealed
	}
	j.pending = j.codec.appendHeader(j.pending, j.end, first, kind, size+room, sum)
	for _, part := range parts {
		j.pending = append(j.pending, part...)
	}
	j.pending = append(j.pending, make([]byte, room)...)
	j.end += Position(frameHeader + size + room)
	if first {
		j.wake()
	}
	return j.end
}

// wake makes the writer look.
func (j *Journal) wake() {
	select {
	case j.work <- struct{}{}:
	default:
	}
}
