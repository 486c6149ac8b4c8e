package api

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var statusOf = map[core.Status]fileuploadv1.UploadStatus{
	core.Receiving:   fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING,
	core.Verifying:   fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING,
	core.Scanning:    fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING,
	core.Available:   fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
	core.Quarantined: fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED,
	core.Aborted:     fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED,
	core.Expired:     fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED,
	core.Deleted:     fileuploadv1.UploadStatus_UPLOAD_STATUS_DELETED,
}

var fileStatusOf = map[core.FileStatus]fileuploadv1.FileStatus{
	core.FileAvailable:   fileuploadv1.FileStatus_FILE_STATUS_AVAILABLE,
	core.FileQuarantined: fileuploadv1.FileStatus_FILE_STATUS_QUARANTINED,
}

func responseOf(uploadID string, receipt *core.Receipt) *fileuploadv1.UploadFileResponse {
	response := &fileuploadv1.UploadFileResponse{
		FileId:         receipt.FileID,
		FileName:       receipt.FileName,
		TotalSize:      receipt.Size,
		Checksum:       receipt.Checksum,
		Status:         fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
		UploadId:       uploadID,
		Position:       &streamv1.Position{Received: receipt.Size, Durable: receipt.Size},
		DuplicateBytes: receipt.DuplicateBytes,
		ContentType:    receipt.ContentType,
		StreamCount:    int32(receipt.Streams),
		ProcessingTime: durationpb.New(receipt.ProcessingTime),
		CreateTime:     timestamppb.New(receipt.CreatedAt),
		Deduplicated:   receipt.Deduplicated,
		Existed:        receipt.Existed,
		ExpireTime:     timestampOrNone(receipt.ExpiresAt),
	}
	for _, finding := range receipt.Findings {
		response.Errors = append(response.Errors, &fileuploadv1.UploadFinding{
			Reason: finding.Reason, Field: finding.Field, Description: finding.Description,
		})
	}
	return response
}

func uploadOf(progress *core.Progress, streamID string) *fileuploadv1.Upload {
	upload := &fileuploadv1.Upload{
		UploadId:   progress.UploadID,
		FileName:   progress.FileName,
		Status:     statusOf[progress.Status],
		Position:   &streamv1.Position{Received: progress.Received, Durable: progress.Durable},
		StreamId:   streamID,
		CreateTime: momentOf(progress.CreatedAt),
		UpdateTime: momentOf(progress.UpdatedAt),
		ExpireTime: momentOf(progress.ExpiresAt),

		DurableChecksum: progress.DurableChecksum,
		BytesPerSecond:  progress.BytesPerSecond,
	}
	if left, known := progress.TimeLeft(); known {
		upload.TimeLeft = durationpb.New(left)
	}
	if share, known := progress.Share(); known {
		upload.Progress = &share
	}
	if progress.TotalSize != core.UnknownSize {
		upload.TotalSize = &progress.TotalSize
	}
	if progress.Status.Finished() {
		upload.FileId = progress.FileID
	}
	return upload
}

func fileOf(file *core.File) *fileuploadv1.File {
	return &fileuploadv1.File{
		FileId:      file.ID,
		FileName:    file.Name,
		Size:        file.Size,
		Checksum:    file.Checksum,
		ContentType: file.ContentType,
		Metadata:    file.Metadata,
		Owner:       file.Owner,
		CreateTime:  timestamppb.New(file.CreatedAt),
		UpdateTime:  timestamppb.New(file.UpdatedAt),
		ExpireTime:  timestampOrNone(file.ExpiresAt),
		Status:      fileStatusOf[file.Status],
		Quarantine:  file.Quarantine,
		VerifyTime:  timestampOrNone(file.VerifiedAt),
		DamageTime:  timestampOrNone(file.DamagedAt),
		Damage:      file.Damage,
	}
}

// momentOf is as precise as the catalog keeps it, so that a moment stays the same
// when an upload comes to rest.
func momentOf(t time.Time) *timestamppb.Timestamp {
	return timestamppb.New(t.Truncate(time.Microsecond))
}

func timestampOrNone(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
