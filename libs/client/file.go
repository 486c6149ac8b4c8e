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
	}
}

// asTime returns the zero time for an unset timestamp.
func asTime(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
