package core

import "time"

// File is a stored file. Its content never changes.
type File struct {
	ID     string
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
}

// FileChange is what [Catalog.UpdateFile] changes; nil leaves a field as it is.
type FileChange struct {
	Metadata *map[string]string
	// ExpiresAt zero means never.
	ExpiresAt *time.Time
	UpdatedAt time.Time
}
