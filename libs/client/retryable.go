package client

import (
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
)

// The reasons that decide about a retry.
const (
	reasonFenced        = "FENCED"
	reasonChunkChecksum = "CHUNK_CHECKSUM_MISMATCH"
	reasonChunkTooLarge = "CHUNK_TOO_LARGE"
	// reasonMessageTooLarge comes in place of reasonChunkTooLarge when not even
	// the envelope of the chunk was taken in.
	reasonMessageTooLarge = "MESSAGE_TOO_LARGE"
	// reasonSequenceGap comes when the server has lost frames that were not
	// durable. The next Hello tells where to go on.
	reasonSequenceGap = "SEQUENCE_GAP"
)

// brokenTransport are the words by which gRPC tells of a connection or stream
// that broke, where the code alone does not.
var brokenTransport = []string{"RST_STREAM", "transport", "unexpected EOF", "connection", "GOAWAY"}

// retryable tells whether trying again can help.
func retryable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return errors.Is(err, errDamagedInTransit)
	}
	switch e.Code {
	case codes.Unavailable:
		return true
	case codes.Aborted:
		return e.Reason != reasonFenced
	case codes.FailedPrecondition:
		return e.Reason == reasonSequenceGap
	case codes.DataLoss:
		return e.Reason == reasonChunkChecksum
	case codes.ResourceExhausted:
		return e.hasRetryInfo
	case codes.Internal, codes.Unknown, codes.Canceled:
		return e.Reason == "" && !e.local && mentionsTransport(e.Message)
	default:
		return false
	}
}

func mentionsTransport(message string) bool {
	for _, word := range brokenTransport {
		if strings.Contains(message, word) {
			return true
		}
	}
	return false
}

// retryAfter is the least pause that the server asked for.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
