// Package frames carries client streams of frames: the part of the stream
// contract that every service shares whose producers number their frames and
// whose frames go through a journal.
//
// A service opens a [Stream] at an [Intake], decodes what the client sends, and
// asks the stream which frame is new ([Stream.Admit]), appends what it accepted
// ([Stream.Append]) and answers ([Stream.Finish]). [Server] does the same for a
// gRPC call from its first message to the receipt, and [Positions] answers
// GetPosition and WatchPosition.
package frames
