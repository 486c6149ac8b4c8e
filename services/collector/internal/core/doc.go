// Package core is the collection of data points without its transport: which
// points are taken, when they count as durable, how a producer goes on after a
// cut or a crash, and what queries see.
//
// A frame goes from a [Collection] into the journal; from there the [Applier]
// brings it into the [Store] in large batches, in the journal's order. The
// journal is all that is acknowledged; the store is all that is queried.
package core
