// Package message sees every message of a call: it counts what is received and
// turns the transport's errors into problems.
//
// grpc-go sends its own status to the client, with its own text and no details,
// at the moment when RecvMsg fails; a handler's later error is never sent. A
// message that is too large or cannot be decoded would so end its stream
// without a reason. Hence the codec of this package: it takes such a message
// from grpc-go as if it were good and hands the error to the stream's
// interceptor. For the same end grpc-go's own limit is twice ours. These few
// errors still reach the client as grpc-go words them, though handler, metrics
// and log have the problem:
//
//   - a message of more than twice the limit: RESOURCE_EXHAUSTED with both sizes
//   - a message that cannot be decompressed: INTERNAL
//   - a message cut short by the end of its stream: INTERNAL
//
// An unknown compression never reaches an interceptor: UNIMPLEMENTED.
//
// grpc-go decodes the request of a unary call before the first interceptor runs. One
// that it could not, and one of more than 4 KiB, is decoded only when its caller is
// known and may call the method, see [Decode], and refused with a reason. One that
// is too large is refused as in a stream, up to twice the limit.
//
// A link outside of this one, a stats handler or a tracer finds this package's
// envelope in the place of a stream's message, which [Unwrap] takes out; the sizes
// that they are told are right.
package message
