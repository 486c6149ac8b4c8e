package message

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// damaged are the beginnings of grpc-go's INTERNAL errors for a message that a
// client did not send well. Tests over a connection pin them.
var damaged = []string{
	"grpc: failed to unmarshal the received message",
	"grpc: failed to decompress the message",
	"grpc: failed to decompress the received message",
	"grpc: failed to read decompressed data",
	"grpc: compressed flag set with identity or empty encoding",
	"grpc: received unexpected payload format",
	"grpc: no decompressor available for compressed payload",
	io.ErrUnexpectedEOF.Error(),
}

// oversized are the beginnings of grpc-go's RESOURCE_EXHAUSTED errors for a
// message over its limit.
var oversized = []string{
	"grpc: received message larger than max",
	"grpc: message after decompression larger than max",
	"grpc: received message after decompression larger than max",
}

// explain returns the problem behind an error of grpc-go's RecvMsg, or err as
// it is.
func explain(err error, limit int) error {
	st, ok := grpcstatus.FromError(err)
	if !ok || errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case st.Code() == codes.Internal && begins(st.Message(), damaged):
		return malformed(err)
	case st.Code() == codes.ResourceExhausted && begins(st.Message(), oversized):
		return problem.Because(problem.MessageTooLarge, err,
			fmt.Sprintf("the message exceeds the limit of %d bytes; send smaller messages", limit))
	case st.Code() == codes.Canceled:
		return problem.New(problem.ClientGone, "the client cancelled the call or vanished")
	case st.Code() == codes.DeadlineExceeded:
		return problem.New(problem.DeadlineExceeded, "the call's deadline passed")
	default:
		return err
	}
}

func begins(text string, beginnings []string) bool {
	for _, beginning := range beginnings {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

func malformed(cause error) error {
	return problem.Because(problem.MalformedMessage, cause,
		"the message cannot be decoded; check that it is encoded by this method's schema and its strings are UTF-8")
}

// undecodable is malformed for a message that is at hand: it names a string that is
// not UTF-8.
func undecodable(cause error, encoded []byte, of protoreflect.MessageDescriptor) error {
	field := notUTF8(encoded, of, 0)
	if field == "" {
		return malformed(cause)
	}
	refusal := problem.Because(problem.MalformedMessage, cause, "is not UTF-8; send text in UTF-8")
	refusal.Field = field
	return refusal
}

func tooLarge(size, limit int) error {
	return problem.New(problem.MessageTooLarge,
		"the message has %d bytes, over the limit of %d; send smaller messages", size, limit)
}
