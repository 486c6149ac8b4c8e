package core

import "time"

// File is a stored file. Its content never changes.
type File struct {
	ID string
	// BlobID names the content in the store. Files of one tenant may share it.
	BlobID string
	Tenant string
	// Owner is the subject that stored it.
	Owner string
	Name  string
	// Size in bytes.
	Size int64
	// Checksum is the SHA-256 in lower-case hexadecimal.
	Checksum string
	// ContentType was found in the content.
	ContentType string
	Metadata    map[string]string

	CreatedAt, UpdatedAt time.Time
	// ExpiresAt is when the file is removed; zero for never.
	ExpiresAt time.Time

	Status FileStatus
	// Quarantine says why the file is quarantined; empty for an available one.
	Quarantine string
	// VerifiedAt is when the content was last read back, zero for never, and
	// DamagedAt since when it is known to be damaged, zero for not at all.
	VerifiedAt, DamagedAt time.Time
	// Damage says what is wrong with the content; empty for nothing.
	Damage string
	// Scanned tells that a scanner has found the content clean, or that the file was
	// released from quarantine.
	Scanned bool
}

// over tells whether the file's time is over, and the janitor on its way.
func (f *File) over(now time.Time) bool {
	return !f.ExpiresAt.IsZero() && !f.ExpiresAt.After(now)
}

// FileStatus tells whether a file can be read.
type FileStatus string

// The statuses of a file.
const (
	FileAvailable   FileStatus = "available"
	FileQuarantined FileStatus = "quarantined"
)

// End is when something ended, and until when that is remembered.
type End struct {
	At, ExpiresAt time.Time
}

// FileChange is what [Catalog.UpdateFile] changes; nil leaves a field as it is.
type FileChange struct {
	Metadata *map[string]string
	// ExpiresAt zero means never.
	ExpiresAt *time.Time
	UpdatedAt time.Time
}
