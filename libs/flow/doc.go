// Package flow bounds what the streams of a process hold in memory, and shares
// the memory and the work out fairly between tenants.
//
// A stream can hold its window and one message that is being put together before
// anyone sees them: so much of the [Budget] is set aside when the stream opens,
// or the stream is refused. A whole message is counted from when it was received
// until it was given back: a frame when the journal has a copy of it, a chunk
// when it was written. The journal's own buffers, two groups, are bounded by
// themselves. A receiver that finds no room waits, reads nothing meanwhile, and so
// slows its client down.
//
// Messages are worked on in [Turns], of which there are few. Who waits for one
// gets it in the order of start-time fair queueing over tenants (Goyal, Vin and
// Cheng, SIGCOMM 1996), with a message's bytes as its cost, and some more for the
// message itself: a tenant with one stream gets as much as one with a hundred, as
// far as one stream can use it.
package flow
