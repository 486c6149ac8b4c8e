package journal

// rollBytes is how much of the active segment may stay although nobody needs it.
const rollBytes = 1 << 20

// Trim unlinks the segments that end at or before a position, which is where a
// consumer would begin to read. When that is the end of the journal, a new
// segment begins, so that the active one can go too if it is worth it; the last
// segment always stays. It syncs the folder after each, so that a crash leaves
// no gap between those that stay.
func (j *Journal) Trim(upTo Position) error {
	j.housekeeping.Lock()
	defer j.housekeeping.Unlock()
	if err := j.unlink(upTo); err != nil {
		return err
	}
	if asked := j.askToRoll(upTo); asked != nil {
		if err := j.awaitRoll(asked); err != nil {
			return explain(err)
		}
	}
	return j.unlink(upTo)
}

// unlink removes the segments that end at or before a position.
func (j *Journal) unlink(upTo Position) error {
	for {
		seg, err := j.trimmable(upTo)
		if seg == nil {
			return err
		}
		if err := j.fs.Remove(seg.name()); err != nil && !isMissing(err) {
			return explain(err)
		}
		if err := j.fs.SyncDir("."); err != nil {
			return explain(err)
		}
		// A segment without its key would look damaged, so the key goes last.
		if err := j.removeKey(seg); err != nil {
			return explain(err)
		}
		j.forget(seg)
	}
}

func (j *Journal) removeKey(seg *segment) error {
	if !seg.sealed {
		return nil
	}
	if err := j.fs.Remove(keyName(seg.base)); err != nil && !isMissing(err) {
		return err
	}
	return nil
}

// trimmable returns the oldest segment if it may go.
func (j *Journal) trimmable(upTo Position) (*segment, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, ErrClosed
	}
	if len(j.segments) < 2 {
		return nil, nil
	}
	if oldest := j.segments[0]; oldest.end != 0 && oldest.end <= upTo {
		return oldest, nil
	}
	return nil, nil
}

func (j *Journal) forget(seg *segment) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = j.segments[1:]
	j.bytes -= seg.taken()
	j.first = seg.end
}
