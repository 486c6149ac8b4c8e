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
	// suspects could not be read, in a row. The storage is down, or something is
	// wrong with them, which shows when others can be read.
	suspects []checked
	// seen are the identifiers of the contents that were read.
	seen map[string]bool
	// patience is how many suspects there may be until others are tried.
	patience int
	// passed is why the last of those could not be read that were passed over.
	passed error
	done   Scrubbed
}

// checked is a content and what is wrong with it.
type checked struct {
	content *Content
	at      time.Time
	damage  string
	// failure is why it could not be read, nil when it could.
	failure error
}

// take reads one content back, if it has not been read to try it.
func (b *scrubbing) take(ctx context.Context, content *Content) error {
	if b.seen[content.BlobID] {
		return nil
	}
	result, err := b.read(ctx, content)
	if err != nil {
		return err
	}
	if result.failure != nil {
		return b.suspect(ctx, result)
	}
	b.judge()
	return b.add(ctx, result)
}

// read reads one content back. The error is that ctx is done.
func (b *scrubbing) read(ctx context.Context, content *Content) (checked, error) {
	v, err := b.scrubber.readBack(ctx, content)
	if ctx.Err() != nil {
		return checked{}, err
	}
	b.seen[content.BlobID] = true
	return checked{content: content, at: time.Now(), damage: v.Damage, failure: err}, nil
}

// add takes a verdict in.
func (b *scrubbing) add(ctx context.Context, result checked) error {
	b.unsaved = append(b.unsaved, result)
	if result.damage != "" || result.at.Sub(b.saved) >= scrubSave {
		return b.save(ctx)
	}
	return nil
}

// suspect takes in what could not be read. When many could not, others must be
// read before the next: each time twice as many, since that takes its time.
func (b *scrubbing) suspect(ctx context.Context, result checked) error {
	b.suspects = append(b.suspects, result)
	if len(b.suspects) < b.patience {
		return nil
	}
	b.patience *= 2
	return b.probe(ctx)
}

// judge decides on the suspects, after another content could be read. What a disk
// says it can't read is damaged. Any other failure may pass: its content waits.
func (b *scrubbing) judge() {
	for _, suspect := range b.suspects {
		if isDiskFault(suspect.failure) || b.scrubber.passed.over(suspect.content.BlobID, suspect.at) {
			b.unsaved = append(b.unsaved, suspect)
			continue
		}
		b.passed = suspect.failure
	}
	b.suspects = nil
}

// end settles what is left. A few suspects at the end are damaged if a disk says
// that it can't read just these; any others wait for the next batch.
func (b *scrubbing) end(ctx context.Context) error {
	if len(b.suspects) >= scrubFailures {
		if err := b.probe(ctx); err != nil {
			return err
		}
	}
	failure := b.passed
	for _, suspect := range b.suspects {
		if isDiskFault(suspect.failure) {
			b.unsaved = append(b.unsaved, suspect)
		} else {
			failure = suspect.failure
		}
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
		b.scrubber.passed.forget(c.content.BlobID)
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
