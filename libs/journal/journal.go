package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Journal is a durable log in a folder. One Journal at a time may use a folder.
// All methods are safe for concurrent use.
type Journal struct {
	opts  Options
	fs    fileSystem
	marks *markFile

	// work tells the writer that a group gathers or that the journal closes.
	work chan struct{}
	// closing ends what the writer waits for, and done is closed when it ended.
	closing, done chan struct{}
	// low is set while the disk has less free space than it must keep.
	low atomic.Bool

	// housekeeping is held while segments are trimmed or damage is set aside,
	// and before mu.
	housekeeping sync.Mutex

	// active is the segment that is written, or nil. Only the writer uses it and
	// what follows.
	active *activeSegment
	// keys is nil when nothing is sealed.
	keys   *keyring
	sealer sealer
	// sealing makes the headers of frames once they are sealed.
	sealing frameCodec

	mu sync.Mutex // guards what follows
	// codec makes the headers of frames.
	codec frameCodec
	// pending gathers the next group, and spare is the buffer for the one after
	// it; it is nil while the writer has it.
	pending, spare []byte
	// end is where the next frame goes, and synced the end of what is durable.
	end, synced Position
	// durable is the end of the last durable record.
	durable Position
	// segments in ascending order. The last one may be active.
	segments []*segment
	// bytes is what the segments take.
	bytes int64
	// first is the position of the oldest record that was not trimmed.
	first Position
	// failure is why nothing is taken, from a failed write on until the journal
	// is whole again. lastFailure stays.
	failure, lastFailure error
	// lost are the positions that were rolled back.
	lost []lostRange
	// rollbacks counts them. Files may have been replaced with each.
	rollbacks int
	// asked is where a Trim waits for a new segment, or nil.
	asked chan<- error
	// closed refuses records; ended is set when the writer has ended too.
	closed, ended bool
	// moved fires when durable moves or the journal fails or closes, and room
	// when pending was taken or lost.
	moved, room broadcast
	closeOnce   sync.Once
	closeErr    error
}

// Open opens the journal in the folder dir, which it makes if it is missing,
// and recovers it: a torn tail is cut, and damage is set aside. What it has
// then is durable. The caller closes the journal.
func Open(dir string, opts Options) (*Journal, Recovery, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, Recovery{}, err
	}
	if opts.fs == nil {
		if err := makeFolder(dir); err != nil {
			return nil, Recovery{}, fmt.Errorf("journal: can't make its folder: %w", err)
		}
		if opts.fs, err = openFolder(dir); err != nil {
			return nil, Recovery{}, fmt.Errorf("journal: can't open its folder: %w", err)
		}
	}
	j := &Journal{
		opts: opts, fs: opts.fs,
		work: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{}),
	}
	recovery, err := j.recover()
	if err != nil {
		return nil, Recovery{}, errors.Join(err, j.release())
	}
	go j.write()
	return j, recovery, nil
}

// Close makes what was appended durable and closes the journal. Readers and
// whoever waits get ErrClosed. It returns an error if that failed, or if the
// journal was not whole.
func (j *Journal) Close() error {
	j.closeOnce.Do(func() { j.closeErr = j.close() })
	return j.closeErr
}

func (j *Journal) close() error {
	j.mu.Lock()
	j.closed = true
	j.room.fire()
	rollbacks := j.rollbacks
	j.mu.Unlock()
	close(j.closing)
	j.wake()
	<-j.done
	err := j.endAfter(rollbacks)
	if err == nil {
		err = explain(j.marks.putBoth(j.synced))
	}
	return errors.Join(err, j.release())
}

// endAfter wakes all who wait once the writer has ended, and returns why it
// lost something since so many rollbacks, or left the journal broken.
func (j *Journal) endAfter(rollbacks int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended = true
	j.moved.fire()
	if j.rollbacks != rollbacks {
		return j.lastFailure
	}
	return j.failure
}

// release closes the files.
func (j *Journal) release() error {
	var err error
	if j.keys != nil {
		j.keys.close()
	}
	if j.active != nil {
		err = j.active.file.Close()
	}
	if j.marks != nil {
		err = errors.Join(err, j.marks.file.Close())
	}
	return errors.Join(err, j.fs.Close())
}

// Durable returns the end of the last record that is durable, of those that
// can be read: 0 in a new journal.
func (j *Journal) Durable() Position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable
}

// First returns the position of the oldest record that was not trimmed.
func (j *Journal) First() Position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.first
}

// Bytes returns what all segments take on the disk.
func (j *Journal) Bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// Moved returns a channel that is closed when Durable moves next, or when the
// journal fails or closes. Take the channel first, then look, then wait.
func (j *Journal) Moved() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.movedLocked()
}

func (j *Journal) movedLocked() <-chan struct{} {
	if j.ended {
		return j.done
	}
	return j.moved.next()
}

// Wait returns nil once everything before a position that Append returned is
// durable. It fails with ErrFailed or ErrFull if that was lost in a rollback,
// with ErrClosed if the journal closes before, or with the context.
func (j *Journal) Wait(ctx context.Context, upTo Position) error {
	for {
		moved, err := j.settled(upTo)
		if moved == nil {
			return err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// settled returns what became of a position, or a channel to wait for.
func (j *Journal) settled(upTo Position) (<-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, lost := range j.lost {
		if upTo > lost.from && upTo <= lost.to {
			return nil, lost.err
		}
	}
	switch {
	case upTo <= j.durable:
		return nil, nil
	case j.ended:
		return nil, ErrClosed
	}
	return j.movedLocked(), nil
}
