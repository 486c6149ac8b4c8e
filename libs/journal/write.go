package journal

import (
	"errors"
	"os"
)

// activeSegment is the segment that is written.
type activeSegment struct {
	segment

	file file
}

// write writes the groups, one after the other: what gathers during one sync
// goes with the next.
func (j *Journal) write() {
	defer close(j.done)
	for range j.work {
		for group := j.take(); group != nil; group = j.take() {
			if err := j.commit(group); err != nil {
				j.rollBack(err)
			}
			j.giveBack(group)
		}
		j.rollIfAsked()
		if j.isClosed() {
			return
		}
	}
}

// isClosed reports whether nothing is taken any more.
func (j *Journal) isClosed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed && len(j.pending) == 0
}

// take returns the group that has gathered, or nil, and begins another.
func (j *Journal) take() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.pending) == 0 {
		return nil
	}
	group := j.pending
	j.pending, j.spare = j.spare, nil
	j.room.fire()
	return group
}

// giveBack keeps a group's buffer for another, unless a large record has made
// it much larger than a group.
func (j *Journal) giveBack(group []byte) {
	if cap(group) > 2*j.opts.GroupBytes {
		group = nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.spare = group[:0]
}

// commit makes a group durable and tells those who wait for it.
func (j *Journal) commit(group []byte) error {
	if j.active != nil && j.active.size+int64(len(group)) > j.opts.SegmentBytes {
		if err := j.complete(); err != nil {
			return err
		}
	}
	begun := j.active == nil
	if begun {
		if err := j.begin(j.synced); err != nil {
			return err
		}
	}
	active := j.active
	if active.sealed {
		j.sealer.sealGroup(&active.segment, &j.sealing, group, j.synced)
	}
	if err := writeAt(active.file, group, active.size); err != nil {
		return err
	}
	if err := active.file.Sync(); err != nil {
		return err
	}
	if begun {
		if err := j.fs.SyncDir("."); err != nil {
			return err
		}
	}
	j.publish(len(group))
	return nil
}

// begin creates a segment. It becomes durable with its first group.
func (j *Journal) begin(base Position) error {
	seg, err := j.newSegment(base)
	if err != nil {
		return err
	}
	f, err := j.fs.OpenFile(seg.name(), os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if err := writeAt(f, encodeSegmentHeader(j.marks.id, base, seg.sealed), 0); err != nil {
		return errors.Join(err, f.Close())
	}
	j.active = &activeSegment{segment: seg, file: f}
	return nil
}

// newSegment returns an empty segment, whose key is durable if it is sealed.
func (j *Journal) newSegment(base Position) (segment, error) {
	seg := segment{base: base, size: segmentHeader}
	if j.keys == nil {
		return seg, nil
	}
	made, err := j.keys.take()
	if err != nil {
		return segment{}, err
	}
	seg.sealed, seg.key = true, made.key
	return seg, putKey(j.fs, j.keys.id, base, made.wrapped)
}

// complete ends the active segment, all of which is durable.
func (j *Journal) complete() error {
	active := j.active
	j.active = nil
	j.mu.Lock()
	j.segments[len(j.segments)-1].end = j.synced
	j.mu.Unlock()
	return active.file.Close()
}

// publish moves the durable position behind a group. The mark that it leaves is
// not synced: an older one is as true, only less sharp.
func (j *Journal) publish(size int) {
	end := j.synced + Position(size)
	_ = j.marks.put(end)
	j.noteFree()

	j.mu.Lock()
	defer j.mu.Unlock()
	j.active.size += int64(size)
	j.synced, j.durable = end, end
	j.listActive()
	j.moved.fire()
}

// listActive shows the active segment, as it is now, to readers. mu is held.
func (j *Journal) listActive() {
	if n := len(j.segments); n > 0 && j.segments[n-1].base == j.active.base {
		j.bytes += j.active.taken() - j.segments[n-1].taken()
		*j.segments[n-1] = j.active.segment
		return
	}
	seg := j.active.segment
	j.segments = append(j.segments, &seg)
	j.bytes += seg.taken()
}
