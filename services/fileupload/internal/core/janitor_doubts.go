package core

import (
	"context"
	"time"
)

// SettleDoubts sets aside the doubtful blobs that are no files, removes the parts
// that are no uploads, and returns how many blobs it set aside. Those that have
// grace or were found just now wait. After an error those that are left stay for
// the next call, in another order, so that one that always fails keeps no others.
func (j *Janitor) SettleDoubts(ctx context.Context) (setAside int, err error) {
	if j.Doubtful != nil {
		j.doubts.add(time.Now(), j.Doubtful()...)
	}
	settled := j.settled()
	ids := j.doubts.take(time.Now(), func(id string) bool { return j.Grace == 0 || isBefore(id, settled) })
	for len(ids) > 0 {
		batch := ids[:min(sweepBatch, len(ids))]
		n, err := j.settle(ctx, batch)
		setAside += n
		if err != nil {
			j.doubts.add(time.Now(), ids...)
			return setAside, err
		}
		ids = ids[len(batch):]
	}
	return setAside, nil
}

// settle sets aside or removes those of ids that are nobody's. A blob that is gone
// by now was deleted, and is not counted.
func (j *Janitor) settle(ctx context.Context, ids []string) (setAside int, err error) {
	unwanted, err := j.Catalog.UnwantedBlobs(ctx, ids)
	if err != nil {
		return 0, err
	}
	var absent []string
	for _, id := range unwanted {
		moved, err := j.Store.SetAside(ctx, id)
		if moved {
			setAside++
		} else {
			absent = append(absent, id)
		}
		if err != nil {
			return setAside, err
		}
	}
	return setAside, j.settleParts(ctx, absent)
}

// settleParts removes those of ids that are parts of no upload.
func (j *Janitor) settleParts(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	unwanted, err := j.Catalog.UnwantedParts(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range unwanted {
		if err := j.Store.DiscardPart(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
