package compression

// turns are a fixed number of values that callers use in turn. Safe for
// concurrent use.
type turns[T any] struct {
	idle chan T
}

// newTurns returns turns of count zero values, which stand for those that are
// still to be made.
func newTurns[T any](count int) turns[T] {
	t := turns[T]{idle: make(chan T, count)}
	for range count {
		var none T
		t.idle <- none
	}
	return t
}

// take waits for a value, which the caller gives back soon: it does not wait for
// anything itself.
func (t turns[T]) take() T { return <-t.idle }

func (t turns[T]) giveBack(value T) { t.idle <- value }
