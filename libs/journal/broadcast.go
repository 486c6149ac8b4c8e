package journal

// broadcast wakes all who wait. It costs nothing while nobody does. The user's
// lock guards it.
type broadcast struct{ waiting chan struct{} }

// next returns the channel that the next fire closes.
func (b *broadcast) next() <-chan struct{} {
	if b.waiting == nil {
		b.waiting = make(chan struct{})
	}
	return b.waiting
}

func (b *broadcast) fire() {
	if b.waiting != nil {
		close(b.waiting)
		b.waiting = nil
	}
}
