package flow

// Flow is what a service bounds its streams with.
type Flow struct {
	Budget *Budget
	Turns  *Turns
	// StreamBytes is what is set aside for each stream: its window, and the largest
	// message.
	StreamBytes int64
}
