package core

import (
	"context"
	"fmt"
	"time"
)

// Scrubbed is what a scrubber has read back and saved.
type Scrubbed struct {
	Verdicts []Verdict
	// Damaged are those that have lost something.
	Damaged []Damaged
}

// scrubbing is one batch of a scrubber.
type scrubbing struct {
	scrubber *Scrubber
	// saved is when verdicts were last saved, and unsaved are those since.
	saved   time.Time
	unsaved []checked
	// suspects could not be read, in a row, and failure is why the last one could
	// not. They are damaged if others can be read.
	suspects []checked
	failure  error
	done     Scrubbed
}

// checked is a content and what is wrong with it.
type checked struct {
	content *Content
	at      time.Time
	damage  string
}

// take reads one content back.
func (b *scrubbing) take(ctx context.Context, content *Content) error {
	v, err := b.scrubber.readBack(ctx, content)
	if ctx.Err() != nil {
		return err
	}
	result := checked{content: content, at: time.Now(), damage: v.Damage}
	if err != nil {
		return b.suspect(ctx, result, err)
	}
	b.unsaved = append(append(b.unsaved, b.suspects...), result)
	b.suspects, b.failure = nil, nil
	if result.damage != "" || result.at.Sub(b.saved) >= scrubSave {
		return b.save(ctx)
	}
	return nil
}

func (b *scrubbing) suspect(ctx context.Context, result checked, err error) error {
	b.suspects, b.failure = append(b.suspects, result), err
	if len(b.suspects) < scrubFailures {
		return nil
	}
	if err := b.save(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w: %d contents in a row: %w", ErrStorageDown, len(b.suspects), err)
}

// end settles what is left. A suspect at the end is damaged if a disk says that it
// can't read just this; any other waits for the next batch.
func (b *scrubbing) end(ctx context.Context) error {
	failure := b.failure
	if failure != nil && isDiskFault(failure) {
		b.unsaved, failure = append(b.unsaved, b.suspects...), nil
	}
	if err := b.save(ctx); err != nil || failure == nil {
		return err
	}
	return fmt.Errorf("some content could not be read: %w", failure)
}

// save stores the verdicts that have come together.
func (b *scrubbing) save(ctx context.Context) error {
	damaged, gone, err := b.scrubber.owners(ctx, b.unsaved)
	if err != nil {
		return err
	}
	var verdicts []Verdict
	for _, c := range b.unsaved {
		if !gone[c.content.BlobID] {
			verdicts = append(verdicts, Verdict{BlobID: c.content.BlobID, At: c.at, Damage: c.damage})
		}
	}
	b.unsaved, b.saved = nil, time.Now()
	if len(verdicts) == 0 {
		return nil
	}
	if err := b.scrubber.catalog.SaveVerdicts(ctx, verdicts); err != nil {
		return err
	}
	b.done.Verdicts = append(b.done.Verdicts, verdicts...)
	b.done.Damaged = append(b.done.Damaged, damaged...)
	return nil
}
