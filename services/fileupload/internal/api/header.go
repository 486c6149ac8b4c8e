package api

import (
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// openingOf reads the header of a first message. An upload without a name of
// its own gets one.
func openingOf(p principal.Principal, first *wire.UploadRequest) (core.Opening, error) {
	if first.FileName == "" {
		return core.Opening{}, problem.InField(problem.HeaderMissing, "file_name", "is empty; the first message must name the file")
	}
	id := first.UploadID
	if id == "" {
		id = uuid.NewString()
	}
	expiresAt, err := fileExpiry(first)
	if err != nil {
		return core.Opening{}, err
	}
	return core.Opening{
		Key: core.UploadKey{Tenant: p.Tenant, Subject: p.Subject, UploadID: id},
		Header: core.Header{
			FileName:    first.FileName,
			TotalSize:   declaredSize(first),
			Checksum:    lower(first.Checksum),
			ContentType: first.ContentType,
			Metadata:    first.Metadata,
			IfAbsent:    first.IfAbsent,

			FileExpiresAt: expiresAt,
		},
		Whole: first.IsLastChunk && first.Offset == 0,
		Bare:  first.Size == 0 && !first.IsLastChunk,
		Size:  first.Size,

		Readable: core.Readable{Any: p.May(principal.FilesRead), Names: p.Grants.Files},
	}, nil
}

// fileExpiry is when the file is to be removed; zero for unset.
func fileExpiry(message *wire.UploadRequest) (time.Time, error) {
	if message.ExpireTime == nil {
		return time.Time{}, nil
	}
	if err := message.ExpireTime.CheckValid(); err != nil {
		return time.Time{}, problem.InField(problem.FieldInvalid, "expire_time", "is not a valid timestamp")
	}
	// As precise as the catalog keeps it, to be compared with what a retry says.
	return message.ExpireTime.AsTime().Truncate(time.Microsecond), nil
}

func declaredSize(message *wire.UploadRequest) int64 {
	if message.TotalSize == nil {
		return core.UnknownSize
	}
	// -1 stands for an undeclared size inside; a client's -1 must not pass as
	// that.
	if *message.TotalSize < 0 {
		return core.UnknownSize - 1
	}
	return *message.TotalSize
}

// checkRepeated refuses a later message that contradicts the first.
func checkRepeated(uploadID string, header *core.Header, message *wire.UploadRequest) error {
	var field string
	switch {
	case message.UploadID != "" && message.UploadID != uploadID:
		field = "upload_id"
	case message.FileName != "" && message.FileName != header.FileName:
		field = "file_name"
	case message.TotalSize != nil && *message.TotalSize != header.TotalSize:
		field = "total_size"
	case message.Checksum != "" && header.Checksum != "" && lower(message.Checksum) != header.Checksum:
		field = "checksum"
	case message.ContentType != "" && message.ContentType != header.ContentType:
		field = "content_type"
	case message.IfAbsent && !header.IfAbsent:
		field = "if_absent"
	case message.ExpireTime != nil && !message.ExpireTime.AsTime().Truncate(time.Microsecond).Equal(header.FileExpiresAt):
		field = "expire_time"
	case len(message.Metadata) > 0 && !maps.Equal(message.Metadata, header.Metadata):
		field = "metadata"
	default:
		return nil
	}
	return problem.InField(problem.HeaderChanged, field, "differs from the first message; leave it out of later messages, or repeat it unchanged")
}

func lower(checksum string) string { return strings.ToLower(checksum) }
