package client

import (
	"fmt"
	"math"
	"time"
)

// TransferState is what a transfer does at a moment.
type TransferState int

// The states of a transfer.
const (
	// TransferConnecting waits for the connection or for the server's place to
	// go on from.
	TransferConnecting TransferState = iota
	// TransferHashing reads the content for its SHA-256, before anything of it is
	// sent: [WithHashFirst].
	TransferHashing
	// TransferComparing compares the beginning of the content with what the
	// server has of it, before an upload goes on.
	TransferComparing
	// TransferRunning moves bytes.
	TransferRunning
	// TransferFinishing has moved every byte; they are verified and made
	// durable.
	TransferFinishing
	// TransferScanning has moved every byte and passed every other check; the
	// server's scanner reads the content. It is told of what is watched: uploads
	// above 8 MiB or of unknown size.
	TransferScanning
	// TransferWaiting pauses before the next attempt.
	TransferWaiting
	// TransferDone succeeded.
	TransferDone
	// TransferFailed ended with an error.
	TransferFailed
)

// String returns the state in lower case, for people.
func (s TransferState) String() string {
	switch s {
	case TransferConnecting:
		return "connecting"
	case TransferHashing:
		return "hashing"
	case TransferComparing:
		return "comparing"
	case TransferRunning:
		return "running"
	case TransferFinishing:
		return "finishing"
	case TransferScanning:
		return "scanning"
	case TransferWaiting:
		return "waiting"
	case TransferDone:
		return "done"
	case TransferFailed:
		return "failed"
	default:
		return fmt.Sprintf("TransferState(%d)", int(s))
	}
}

// Progress is where a transfer stands.
type Progress struct {
	// Path of the local file, or the name given to an upload of other content.
	// Empty for a download to a writer.
	Path string
	// UploadID of the upload. Empty for a download.
	UploadID string
	// Sent is the place in the file up to which bytes have gone out, or come in
	// for a download. It falls back when a resumed attempt begins earlier.
	Sent int64
	// Durable is the number of bytes that the server has told are durable. It
	// moves during the transfer of an upload above 8 MiB or of unknown size. A
	// download to a file is durable at its end; one to a writer never is.
	Durable int64
	// Transferred counts the bytes that have gone out, or come in for a
	// download, over all attempts. Bytes that were moved twice count twice.
	Transferred int64
	// Total size in bytes; -1 while unknown.
	Total int64
	// Rate in bytes per second: a moving average over about 3 s in which the
	// transfer did not wait, 0 while it waits, and the mean of the whole transfer
	// at its end.
	Rate float64
	// Elapsed since the transfer began.
	Elapsed time.Duration
	// ETA is the time left at this rate; 0 when unknown, waiting or done.
	ETA time.Duration
	// Attempt counts from 1.
	Attempt int
	State   TransferState
	// Failure is why the attempt failed and Pause how long the transfer waits in
	// all before the next one. Both are set in the state TransferWaiting only.
	Failure error
	Pause   time.Duration
}

func (p *Progress) moved() int64 { return p.Transferred }

func (p *Progress) stand(at standing) {
	p.State, p.Attempt, p.Failure, p.Pause = at.state, at.attempt, at.failure, at.pause
	p.Elapsed, p.Rate = at.elapsed, at.rate
	switch at.state {
	case TransferWaiting, TransferDone, TransferFailed:
		p.ETA = 0
	default:
		p.ETA = p.remaining()
	}
}

// remaining is the time for the bytes left at the rate.
func (p *Progress) remaining() time.Duration {
	left := p.Total - p.Sent
	if left <= 0 || p.Rate < 1 {
		return 0
	}
	return time.Duration(min(float64(left)/p.Rate*float64(time.Second), math.MaxInt64/2))
}
