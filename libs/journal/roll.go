package journal

import "errors"

// askToRoll asks the writer for a new segment if all of the active one may go,
// and returns where it answers, or nil.
func (j *Journal) askToRoll(upTo Position) <-chan error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || j.failure != nil || upTo < j.end || len(j.segments) == 0 {
		return nil
	}
	last := j.segments[len(j.segments)-1]
	if last.end != 0 || last.size < min(rollBytes, j.opts.SegmentBytes/8) {
		return nil
	}
	answer := make(chan error, 1)
	j.asked = answer
	j.wake()
	return answer
}

// awaitRoll waits for the writer, unless it has to mend the journal first.
func (j *Journal) awaitRoll(answer <-chan error) error {
	for {
		moved, mending := j.mending()
		if mending {
			return nil
		}
		select {
		case err := <-answer:
			return err
		case <-moved:
		case <-j.done:
			return nil
		}
	}
}

func (j *Journal) mending() (moved <-chan struct{}, mending bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.movedLocked(), j.failure != nil
}

// rollIfAsked begins a new segment if a Trim waits for one. It is the writer's.
func (j *Journal) rollIfAsked() {
	j.mu.Lock()
	asked := j.asked
	j.asked = nil
	j.mu.Unlock()
	if asked != nil {
		asked <- j.roll()
	}
}

// roll ends the active segment and begins an empty one.
func (j *Journal) roll() error {
	if j.active == nil {
		return nil
	}
	if err := j.complete(); err != nil {
		return err
	}
	if err := j.begin(j.synced); err != nil {
		return err
	}
	if err := errors.Join(j.active.file.Sync(), j.fs.SyncDir(".")); err != nil {
		err = errors.Join(err, j.active.file.Close())
		j.active = nil
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.listActive()
	return nil
}
