// Package frame decodes what the collector takes in and what its journal holds,
// in place: a sluice.collector.v1.CollectDataPointsRequest and a
// sluice.collector.v1.AcceptedFrame, each from one run of bytes.
//
// Names, values and points are references into those bytes, so decoding into
// the same [Frame] or [Accepted] again allocates nothing. What is accepted and
// what is refused is the same as with [proto.Unmarshal]. Of map entries with
// the same key the last one counts; it takes the place of the first one, so that
// equal bytes always decode to the same order.
//
// [proto.Unmarshal]: https://pkg.go.dev/google.golang.org/protobuf/proto#Unmarshal
package frame
