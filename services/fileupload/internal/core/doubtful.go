package core

import "sync"

// doubtful are the identifiers of bytes that may be nobody's, for the janitor to
// find out. The zero value has none. Safe for concurrent use.
type doubtful struct {
	mu sync.Mutex
	// ids is guarded by mu.
	ids []string
}

// note leaves it to the janitor whether the bytes are anybody's.
func (d *doubtful) note(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids = append(d.ids, id)
}

// TakeDoubtful returns the identifiers that were noted, and forgets them.
func (d *doubtful) TakeDoubtful() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := d.ids
	d.ids = nil
	return taken
}
