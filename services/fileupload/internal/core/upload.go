package core

import "time"

// UnknownSize stands for the size of a file that its client has not declared.
const UnknownSize int64 = -1

// UploadKey names an upload. Nobody but the same subject of the same tenant
// can name it.
type UploadKey struct {
	Tenant, Subject, UploadID string
}

// Header is what a client says of a file in the first message.
type Header struct {
	FileName string
	// TotalSize in bytes, or [UnknownSize].
	TotalSize int64
	// Checksum is the SHA-256 in lower-case hexadecimal, or empty.
	Checksum string
	// ContentType is the client's claim, or empty.
	ContentType string
	Metadata    map[string]string
}

// Status is what happens to an upload at a moment.
type Status string

// The statuses. VERIFYING is never in the catalog: a crash falls back to
// RECEIVING.
const (
	Receiving Status = "receiving"
	Verifying Status = "verifying"
	Available Status = "available"
	Aborted   Status = "aborted"
)

// Upload is the durable state of an upload: what the catalog keeps of it.
type Upload struct {
	UploadKey
	Header

	// FileID is made when the upload begins. It names the part in the store and
	// later the file.
	FileID     string
	Status     Status
	Checkpoint Checkpoint
	// Reserved is how many bytes are set aside for an upload that is receiving;
	// 0 for any other.
	Reserved int64
	// Receipt is set with the status [Available] only.
	Receipt *Receipt

	CreatedAt, UpdatedAt, ExpiresAt time.Time
}

// touch notes that the upload moved now, and puts its expiry off.
func (u *Upload) touch(now time.Time, expiry time.Duration) {
	u.UpdatedAt, u.ExpiresAt = now, now.Add(expiry)
}

// Checkpoint is a place that an upload can be resumed from without reading
// anything again.
type Checkpoint struct {
	// Offset is the number of bytes that are durable.
	Offset int64
	// HashState is the SHA-256 state over those bytes, as crypto/sha256
	// marshals it; empty at offset 0.
	HashState []byte
	// DuplicateBytes were sent again although they were there.
	DuplicateBytes int64
	// Streams the upload has taken so far.
	Streams int
}

// checksum returns the SHA-256 of the bytes before Offset.
func (c *Checkpoint) checksum() (string, error) {
	hash, err := newHasher(c.HashState)
	if err != nil {
		return "", err
	}
	return hash.Sum(), nil
}

// Receipt is the answer to a finished upload, the same for every retry.
type Receipt struct {
	FileID         string        `json:"file_id"`
	FileName       string        `json:"file_name"`
	Size           int64         `json:"size"`
	Checksum       string        `json:"checksum"`
	ContentType    string        `json:"content_type"`
	Findings       []Finding     `json:"findings,omitempty"`
	DuplicateBytes int64         `json:"duplicate_bytes,omitempty"`
	Streams        int           `json:"streams"`
	ProcessingTime time.Duration `json:"processing_time"`
	CreatedAt      time.Time     `json:"created_at"`
}

// Finding is something noticed about a file that was stored all the same.
type Finding struct {
	Reason      string `json:"reason"`
	Field       string `json:"field"`
	Description string `json:"description"`
}
