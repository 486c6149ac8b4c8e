// Package producer keeps how far producers have come: what of their frames was
// received, what is durable in the journal, and what the store has applied. It
// tells repeats from gaps and fences old epochs, as the stream contract says
// for every service that takes frames.
//
// A producer is in memory while somebody uses it or the store lacks something
// of it, and is read from the store otherwise.
package producer
