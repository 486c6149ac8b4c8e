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
	// The token is not good, or not any more.
	reasonTokenExpired       = "TOKEN_EXPIRED"
	reasonCredentialsExpired = "CREDENTIALS_EXPIRED"
	reasonCredentialsRevoked = "CREDENTIALS_REVOKED"
	// The stream ended because of its age, its silence, or its rate.
	reasonStreamTooOld  = "STREAM_TOO_OLD"
	reasonStreamIdle    = "STREAM_IDLE"
	reasonStreamTooSlow = "STREAM_TOO_SLOW"
	// reasonQuotaExceeded ends the work even where the server knows when there
	// will be room again: that may be tomorrow.
	reasonQuotaExceeded = "QUOTA_EXCEEDED"
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
		return e.hasRetryInfo && e.Reason != reasonQuotaExceeded
	case codes.DeadlineExceeded:
		return e.Reason == reasonStreamIdle || e.Reason == reasonStreamTooSlow
	case codes.Unauthenticated:
		return refusesToken(err)
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

// resumesAtOnce tells whether the server ended the stream by the clock: the next
// one is as good as a fresh one. Where the token was refused there is another by
// now.
func resumesAtOnce(err error) bool {
	if refusesToken(err) {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Reason == reasonStreamTooOld || e.Reason == reasonStreamIdle)
}

// idleCut tells whether the server ended the stream because nothing came.
func idleCut(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Reason == reasonStreamIdle
}

// retryAfter is the least pause that the server asked for.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
