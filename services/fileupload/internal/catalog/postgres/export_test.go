package postgres

import "time"

// SetTimeouts shortens what a test can't wait for.
func (c *Catalog) SetTimeouts(attempt, commit, patience time.Duration) {
	c.timeouts = timeouts{attempt: attempt, commit: commit, patience: patience}
}
