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
	// IfAbsent tells to make no second file of the same name and content.
	IfAbsent bool
	// FileExpiresAt is when the file is removed; zero for when the policy says.
	FileExpiresAt time.Time
}

// Status is what happens to an upload at a moment.
type Status string

// The statuses. Verifying and Scanning are never in the catalog: a crash falls
// back to Receiving. Of Expired and Deleted nothing is left but that: their key
// can begin anew.
const (
	Receiving   Status = "receiving"
	Verifying   Status = "verifying"
	Scanning    Status = "scanning"
	Available   Status = "available"
	Quarantined Status = "quarantined"
	Aborted     Status = "aborted"
	Expired     Status = "expired"
	Deleted     Status = "deleted"
)

// Finished tells whether the upload has a receipt.
func (s Status) Finished() bool { return s == Available || s == Quarantined }

// Over tells whether the upload is only remembered, so that its key is free.
func (s Status) Over() bool { return s == Expired || s == Deleted }

// Upload is the durable state of an upload: what the catalog keeps of it.
type Upload struct {
	UploadKey
	Header

	// FileID is made when the upload begins. It names the part in the store, and
	// later the file, unless the receipt is about one that was there before: then it
	// is that one's.
	FileID     string
	Status     Status
	Checkpoint Checkpoint
	// Reserved is how many bytes are set aside for an upload that is receiving;
	// 0 for any other.
	Reserved int64
	// Receipt is set when the status is Finished only.
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
	// PartProof is what the store knows those bytes by; see [Part.Proof].
	PartProof []byte
	// Head is the beginning of the file as long as its type can't be told, and
	// ContentType its type from then on.
	Head        []byte
	ContentType string
	// DuplicateBytes were sent again although they were there.
	DuplicateBytes int64
	// Streams the upload has taken so far. The number of a stream is how many there
	// were with it: only the newest changes the upload.
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
	// Deduplicated tells that the content was there, in a file that the uploader may
	// read, and Existed that the file itself was.
	Deduplicated bool `json:"deduplicated,omitempty"`
	Existed      bool `json:"existed,omitempty"`
	// ExpiresAt is when the file is removed; zero for never.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Quarantine says why the file is quarantined; empty for an available one.
	Quarantine string `json:"quarantine,omitempty"`
}

// Finding is something noticed about a file that was stored all the same.
type Finding struct {
	Reason      string `json:"reason"`
	Field       string `json:"field"`
	Description string `json:"description"`
}
