package core

import "time"

// Limits bound what uploads may ask for.
type Limits struct {
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
	// Policies of tenants.
	Policies Policies
	// Scans of what comes in.
	Scans Scans
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
