package client

import (
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// UploadState is where an upload stands on the server at a moment.
type UploadState struct {
	UploadID string
	FileName string
	Status   UploadStatus
	// Position counts bytes.
	Position Position
	// Total size in bytes; -1 while unknown.
	Total int64
	// Rate in bytes per second that the server received over the last seconds; 0
	// when nothing comes in.
	Rate float64
	// TimeLeft until the last byte is received at that rate; 0 when unknown.
	TimeLeft time.Duration
	// Done is how much of the work is done, from 0 to 1; -1 while the size is not
	// known. It is 1 only when the file is stored.
	Done float64
	// StreamID of the stream that carries the upload now; empty for none.
	StreamID string
	// FileID is set when the file is available or in quarantine.
	FileID string
	// CreateTime is when the upload began, and UpdateTime when it last moved.
	CreateTime, UpdateTime time.Time
	// ExpireTime is when the server forgets the upload.
	ExpireTime time.Time
}

func newUploadState(u *fileuploadv1.Upload) UploadState {
	state := UploadState{
		UploadID:   u.GetUploadId(),
		FileName:   u.GetFileName(),
		Status:     UploadStatus(u.GetStatus()),
		Position:   newPosition(u.GetPosition()),
		Total:      unknownSize,
		Rate:       u.GetBytesPerSecond(),
		TimeLeft:   u.GetTimeLeft().AsDuration(),
		Done:       -1,
		StreamID:   u.GetStreamId(),
		FileID:     u.GetFileId(),
		CreateTime: asTime(u.GetCreateTime()),
		UpdateTime: asTime(u.GetUpdateTime()),
		ExpireTime: asTime(u.GetExpireTime()),
	}
	if u.TotalSize != nil {
		state.Total = u.GetTotalSize()
	}
	if u.Progress != nil {
		state.Done = u.GetProgress()
	}
	return state
}
