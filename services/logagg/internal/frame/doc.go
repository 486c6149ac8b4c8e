// Package frame decodes what the log service takes in and what its journal
// holds, in place: a sluice.logagg.v1.CollectLogsRequest and a
// sluice.logagg.v1.AcceptedFrame, each from one run of bytes.
//
// The texts of entries are references into those bytes: they are valid as long
// as the bytes are, and only if those are not changed meanwhile. What is
// accepted and what is refused is the same as with [proto.Unmarshal].
//
// [proto.Unmarshal]: https://pkg.go.dev/google.golang.org/protobuf/proto#Unmarshal
package frame
