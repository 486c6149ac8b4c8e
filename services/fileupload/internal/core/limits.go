package core

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Limits bound what uploads may ask for.
type Limits struct {
	// FileBytes is the largest file in bytes.
	FileBytes int64
	// ChunkBytes is the largest chunk of one message in bytes.
	ChunkBytes int
	// CheckpointBytes is how much an upload may bring before it is made
	// durable.
	CheckpointBytes int64
	// UploadExpiry is how long an unfinished upload is kept without a new
	// checkpoint.
	UploadExpiry time.Duration
	// ReceiptExpiry is how long a finished upload's receipt is kept.
	ReceiptExpiry time.Duration
	// Types that are taken.
	Types TypePolicy
	// Quotas of tenants.
	Quotas Quotas
	// NewWork refuses uploads and copies while the server begins nothing new. nil
	// refuses nothing.
	NewWork func() error
}

// checkNewWork refuses what would begin now.
func (l *Limits) checkNewWork() error {
	if l.NewWork == nil {
		return nil
	}
	return l.NewWork()
}

// checkDeclared looks at a declared size.
func (l *Limits) checkDeclared(size int64) error {
	switch {
	case size < UnknownSize:
		return problem.InField(problem.FieldInvalid, "total_size", "is negative; leave it unset when the size is unknown")
	case size > l.FileBytes:
		return problem.InField(problem.SizeLimitExceeded, "total_size", "is %d bytes; at most %d are taken", size, l.FileBytes)
	default:
		return nil
	}
}

// checkGrowth looks at the size that a file would have with one more chunk.
func (l *Limits) checkGrowth(size, declared int64) error {
	switch {
	case declared != UnknownSize && size > declared:
		return problem.InField(problem.SizeMismatch, "data", "brings the file to %d bytes; total_size declared %d", size, declared)
	case size > l.FileBytes:
		return problem.InField(problem.SizeLimitExceeded, "data", "brings the file to %d bytes; at most %d are taken", size, l.FileBytes)
	default:
		return nil
	}
}
