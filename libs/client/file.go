package client

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// File is a stored file.
type File struct {
	// ID is a UUID made by the server.
	ID string
	// Name given by the uploader.
	Name string
	// Size in bytes.
	Size int64
	// Checksum is the SHA-256 in lower-case hexadecimal.
	Checksum string
	// ContentType found in the content.
	ContentType string
	// Metadata given by the uploader.
	Metadata map[string]string
	// Owner is the subject that stored the file.
	Owner string
	// CreateTime is when the file became available.
	CreateTime time.Time
	// UpdateTime is when metadata or expiry last changed.
	UpdateTime time.Time
	// ExpireTime is when the file is removed; zero for never.
	ExpireTime time.Time
	// Status tells whether the file can be read.
	Status FileStatus
	// Quarantine says why the file is in quarantine; empty for an available one.
	Quarantine string
	// VerifyTime is when the server last read the content back and compared it with
	// Checksum; zero for not since it was stored.
	VerifyTime time.Time
	// DamageTime is when the server found the stored content to be damaged, and
	// Damage says how; zero and empty for an intact file.
	DamageTime time.Time
	Damage     string
}

func newFile(f *fileuploadv1.File) *File {
	return &File{
		ID:          f.GetFileId(),
		Name:        f.GetFileName(),
		Size:        f.GetSize(),
		Checksum:    f.GetChecksum(),
		ContentType: f.GetContentType(),
		Metadata:    f.GetMetadata(),
		Owner:       f.GetOwner(),
		CreateTime:  asTime(f.GetCreateTime()),
		UpdateTime:  asTime(f.GetUpdateTime()),
		ExpireTime:  asTime(f.GetExpireTime()),
		Status:      FileStatus(f.GetStatus()),
		Quarantine:  f.GetQuarantine(),
		VerifyTime:  asTime(f.GetVerifyTime()),
		DamageTime:  asTime(f.GetDamageTime()),
		Damage:      f.GetDamage(),
	}
}

// asTime returns the zero time for an unset timestamp.
func asTime(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
