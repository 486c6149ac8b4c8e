package core

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// Content is what one file has, or several files of one tenant share.
type Content struct {
	BlobID string
	Tenant string
	// Size in bytes.
	Size int64
	// Checksum is the SHA-256 in lower-case hexadecimal.
	Checksum string
}

// ContentQuery selects available files with undamaged content.
type ContentQuery struct {
	Tenant string
	// Checksum is the SHA-256 in lower-case hexadecimal.
	Checksum string
	// Size in bytes, or [UnknownSize] for any.
	Size int64
	// Name of the file to be found rather than another; of several the oldest is.
	Name string
	// Now is the moment by which the files must not have expired.
	Now time.Time
	// Names are those of the files looked at.
	Names principal.Patterns
	// Scanned leaves out content that no scan has passed.
	Scanned bool
}

// Verdict is what reading a content back has shown.
type Verdict struct {
	BlobID string
	// At is when.
	At time.Time
	// Damage says what is wrong; empty for nothing.
	Damage string
}
