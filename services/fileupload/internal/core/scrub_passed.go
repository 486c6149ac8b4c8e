package core

import (
	"maps"
	"time"
)

const (
	// passedWait is how long a content waits that was passed over.
	passedWait = time.Hour
	// passedTries is how often a content can't be read, while others can, until it
	// is taken to be damaged.
	passedTries = 3
	// passedKept is how long after its time a content is remembered that does not
	// come again: it was deleted, or somebody else has read it.
	passedKept = 24 * time.Hour
)

// passed are contents that could not be read while others could, by their
// identifiers. They wait, so that what is behind them in the order is reached.
type passed map[string]*passedOver

type passedOver struct {
	tries int
	again time.Time
}

// over passes a content over, or tells that this was done often enough.
func (p passed) over(id string, now time.Time) (enough bool) {
	if p[id] == nil {
		p[id] = &passedOver{}
	}
	p[id].tries++
	p[id].again = now.Add(passedWait)
	return p[id].tries >= passedTries
}

// waits tells whether a content is not to be read yet.
func (p passed) waits(id string, now time.Time) bool {
	return p[id] != nil && now.Before(p[id].again)
}

func (p passed) forget(id string) { delete(p, id) }

// clean forgets what does not come again.
func (p passed) clean(now time.Time) {
	maps.DeleteFunc(p, func(_ string, over *passedOver) bool { return now.Sub(over.again) > passedKept })
}
