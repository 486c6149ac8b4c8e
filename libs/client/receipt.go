package client

import (
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// Receipt says that a file is durable on the server. The SDK has compared its
// size and checksum with what it read, or the checksum with that of
// [WithChecksum].
type Receipt struct {
	// FileID identifies the stored file, a UUID.
	FileID string
	// FileName that it is stored under.
	FileName string
	// Size in bytes.
	Size int64
	// Checksum is the SHA-256 in lower-case hexadecimal.
	Checksum string
	// ContentType that the server found in the content.
	ContentType string
	// Findings are what the server noticed and stored all the same.
	Findings []Finding
	// UploadID of the upload.
	UploadID string
	// DuplicateBytes were sent again although the server had them, over all
	// streams of the upload.
	DuplicateBytes int64
	// Streams that the upload took on the server; 1 when it was never cut.
	Streams int
	// Status of the upload: UploadAvailable, since nothing else has a receipt.
	Status UploadStatus
	// Deduplicated tells that the tenant had the content already, in a file that
	// the caller may read: it is stored once for both. Sent is 0 when the server
	// said so before anything was sent, as [WithChecksum] and [WithHashFirst] have
	// it.
	Deduplicated bool
	// Existed tells that the file itself was there and no other was made:
	// [WithIfAbsent].
	Existed bool
	// CreateTime is when the file became available.
	CreateTime time.Time
	// ExpireTime is when the file is removed; zero for never.
	ExpireTime time.Time
	// ProcessingTime from the first message of the first stream to the receipt,
	// by the server's clock.
	ProcessingTime time.Duration

	// Attempts that this call made.
	Attempts int
	// Resumed is the place in bytes that the last attempt went on from; 0 when
	// it began at the start.
	Resumed int64
	// Sent counts the bytes that this call sent, over all its attempts.
	Sent int64
	// Duration of this call.
	Duration time.Duration
	// Rate in bytes per second: what this call sent, over its duration.
	Rate float64
}

// Finding is something that the server noticed about a file and stored it all
// the same.
type Finding struct {
	// Reason is a name of a frozen list, such as "CONTENT_TYPE_DIFFERS".
	Reason string
	// Field of the request that it concerns.
	Field string
	// Description for people.
	Description string
}

func newReceipt(r *fileuploadv1.UploadFileResponse) *Receipt {
	receipt := &Receipt{
		FileID:         r.GetFileId(),
		FileName:       r.GetFileName(),
		Size:           r.GetTotalSize(),
		Checksum:       r.GetChecksum(),
		ContentType:    r.GetContentType(),
		UploadID:       r.GetUploadId(),
		DuplicateBytes: r.GetDuplicateBytes(),
		Streams:        int(r.GetStreamCount()),
		Status:         UploadStatus(r.GetStatus()),
		Deduplicated:   r.GetDeduplicated(),
		Existed:        r.GetExisted(),
		CreateTime:     asTime(r.GetCreateTime()),
		ExpireTime:     asTime(r.GetExpireTime()),
		ProcessingTime: r.GetProcessingTime().AsDuration(),
	}
	for _, f := range r.GetErrors() {
		receipt.Findings = append(receipt.Findings, Finding{
			Reason: f.GetReason(), Field: f.GetField(), Description: f.GetDescription(),
		})
	}
	return receipt
}
