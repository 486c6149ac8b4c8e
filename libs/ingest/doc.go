// Package ingest is the contract that every Sluice client stream keeps, so that
// no service writes it again: who holds a work and who takes it over, what the
// server says first, how messages are taken in without being stuck in them, how
// a stream is cut, and what others may see of it meanwhile.
//
// A handler opens a [Stream] in the [Registry], receives through a [Receiver],
// claims its work by name, says hello, and closes the stream as its last act:
//
//	stream, err := registry.Open(grpcStream.Context(), method)
//	defer stream.Close()
//	in := ingest.Receive(stream, grpcStream, newMessage)
//	first, err := in.Next()
//	err = stream.Claim(workID)    // an earlier holder is cut and has ended now
//	err = stream.SayHello(grpcStream, hello)
//	…                             // take messages in until io.EOF
package ingest
