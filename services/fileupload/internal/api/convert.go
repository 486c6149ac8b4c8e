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
	core.Receiving: fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING,
	core.Verifying: fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING,
	core.Available: fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
	core.Aborted:   fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED,
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
		CreateTime: timestamppb.New(progress.CreatedAt),
		UpdateTime: timestamppb.New(progress.UpdatedAt),
		ExpireTime: timestamppb.New(progress.ExpiresAt),

		DurableChecksum: progress.DurableChecksum,
	}
	if progress.TotalSize != core.UnknownSize {
		upload.TotalSize = &progress.TotalSize
	}
	if progress.Status == core.Available {
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
	}
}

func timestampOrNone(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
