package journal

import (
	"errors"
	"os"
	"slices"
	"time"
)

// After a failure the journal tries to become whole again after these times.
const (
	firstBackoff = 10 * time.Millisecond
	lastBackoff  = 5 * time.Second
	// mostLost is how many lost ranges are remembered. Whoever waits for a
	// position learns of its loss at once; this is for those who ask later.
	mostLost = 1024
)

// lostRange are positions whose records were rolled back. They are not given
// out again, so that nobody takes another record's durability for theirs.
type lostRange struct {
	from, to Position
	err      error
}

// rollBack gives up what is not durable after a write or sync failed, and
// returns when the journal is whole again or closes.
func (j *Journal) rollBack(cause error) {
	j.mu.Lock()
	err := explain(cause)
	j.failure, j.lastFailure = err, err
	j.lose(err)
	j.rollbacks++
	j.pending = j.pending[:0]
	durable := j.durable
	j.moved.fire()
	j.room.fire()
	j.mu.Unlock()

	if j.opts.OnRollback != nil {
		j.opts.OnRollback(durable, err)
	}
	sound := j.active != nil && isFull(cause) && isWriteError(cause)
	for wait := firstBackoff; ; wait = min(2*wait, lastBackoff) {
		err := j.repair(sound)
		if err == nil {
			return
		}
		sound = sound && isWriteError(err)
		j.stillFails(err)
		if !j.sleep(wait) {
			return
		}
	}
}

// lose remembers that what is not durable is lost. A range that follows another
// one joins it.
func (j *Journal) lose(err error) {
	if n := len(j.lost); n > 0 && j.lost[n-1].to == j.synced {
		j.lost[n-1].to, j.lost[n-1].err = j.end, err
		return
	}
	if len(j.lost) == mostLost {
		j.lost = slices.Delete(j.lost, 0, 1)
	}
	j.lost = append(j.lost, lostRange{from: j.synced, to: j.end, err: err})
}

func (j *Journal) stillFails(cause error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failure = explain(cause)
}

// sleep returns false at once when the journal closes.
func (j *Journal) sleep(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-j.closing:
		return false
	}
}

// repair gives the journal an active segment that has what is durable and a
// filler over what was lost. Only a file that is sound, since no sync of it
// failed, is kept.
func (j *Journal) repair(sound bool) error {
	put := j.replaceActive
	if sound {
		put = j.cutActive
	}
	if err := put(); err != nil {
		return err
	}
	_ = j.marks.put(j.end) // See publish.
	j.mu.Lock()
	defer j.mu.Unlock()
	j.synced = j.end
	j.listActive()
	j.rollbacks++ // Readers open the file again.
	j.failure = nil
	return nil
}

// cutActive cuts off what a full disk took a part of.
func (j *Journal) cutActive() error {
	active := j.active
	if err := active.file.Truncate(active.offset(j.synced)); err != nil {
		return err
	}
	if err := j.fillLost(active.file, &active.segment); err != nil {
		return err
	}
	return j.fs.SyncDir(".")
}

// fillLost puts a filler over what was lost at the end of a segment and syncs
// it. The filler's data is a hole, which takes no space.
func (j *Journal) fillLost(f file, seg *segment) error {
	size := int64(j.end-j.synced) - frameHeader
	frame := j.codec.appendHeader(nil, j.synced, true, kindFiller, int(size), fillerSum)
	if seg.sealed {
		frame = append(frame, j.sealer.sealFiller(seg, j.synced, frameWord(true, kindFiller, int(size)))...)
	}
	if err := writeAt(f, frame, seg.offset(j.synced)); err != nil {
		return err
	}
	if err := f.Truncate(seg.offset(j.end)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	seg.size = seg.offset(j.end)
	seg.holes += size - int64(len(frame)-frameHeader)
	return nil
}

// replaceActive copies the durable part of the active segment into a new file
// and puts that into its place.
func (j *Journal) replaceActive() error {
	seg, err := j.replacement()
	if err != nil {
		return err
	}
	name := seg.name()
	temporary := name + temporarySuffix
	f, err := j.fs.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if err := j.copyActive(f, &seg); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := j.fs.Rename(temporary, name); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := j.fs.SyncDir("."); err != nil {
		return errors.Join(err, f.Close())
	}
	if j.active != nil {
		_ = j.active.file.Close() // Nothing in it counts any more.
	}
	j.active = &activeSegment{segment: seg, file: f}
	return nil
}

// replacement returns the segment that is to be written anew.
func (j *Journal) replacement() (segment, error) {
	if j.active != nil {
		return j.active.segment, nil
	}
	return j.newSegment(j.synced)
}

// copyActive writes the header, what is durable and a filler to a file.
func (j *Journal) copyActive(to file, seg *segment) error {
	if err := writeAt(to, encodeSegmentHeader(j.marks.id, seg.base, seg.sealed), 0); err != nil {
		return err
	}
	offset := seg.offset(j.synced)
	if offset > segmentHeader {
		if err := copySparse(to, segmentHeader, j.active.file, segmentHeader, offset-segmentHeader); err != nil {
			return err
		}
	}
	return j.fillLost(to, seg)
}
