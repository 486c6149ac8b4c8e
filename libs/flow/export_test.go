package flow

// Lines is of how many tenants turns know.
func (t *Turns) Lines() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.lines)
}

// Credit is what a tenant catches up at most, in bytes.
const Credit = credit
