package client

import (
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// fakeUpload is one upload over all its streams.
type fakeUpload struct {
	header  *fileuploadv1.UploadFileRequest
	data    []byte
	durable int64
	streams int32
	dup     int64
	receipt *fileuploadv1.UploadFileResponse
}

// answerNamed makes the file of a new upload that names a content which is there.
func (f *fakeServer) answerNamed(u *fakeUpload, first *fileuploadv1.UploadFileRequest) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if first.GetChecksum() == "" || len(first.GetData()) > 0 || len(u.data) > 0 || u.receipt != nil {
		return
	}
	for id, file := range f.files {
		if file.info.GetChecksum() != first.GetChecksum() {
			continue
		}
		existed := first.GetIfAbsent() && file.info.GetFileName() == first.GetFileName()
		u.data = file.data
		u.complete(first.GetChecksum())
		u.receipt.Deduplicated, u.receipt.Existed = true, existed
		if existed {
			u.receipt.FileId = id
		}
		return
	}
}

// complete gives the upload the receipt for its data.
func (u *fakeUpload) complete(sum string) {
	size := int64(len(u.data))
	u.durable = size
	u.receipt = &fileuploadv1.UploadFileResponse{
		FileId: "file-" + u.header.GetUploadId(), FileName: u.header.GetFileName(), TotalSize: size, Checksum: sum,
		Status:   fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
		UploadId: u.header.GetUploadId(), ContentType: "text/plain",
		Position:       &streamv1.Position{Received: size, Durable: size},
		DuplicateBytes: u.dup, StreamCount: u.streams, ExpireTime: u.header.GetExpireTime(),
	}
}

// state is what is told of an upload. The caller holds the lock.
func (u *fakeUpload) state() *fileuploadv1.Upload {
	state := &fileuploadv1.Upload{
		UploadId: u.header.GetUploadId(), FileName: u.header.GetFileName(), TotalSize: u.header.TotalSize,
		Status:   fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING,
		Position: &streamv1.Position{Received: int64(len(u.data)), Durable: u.durable},
	}
	if u.receipt != nil {
		state.Status, state.FileId = fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE, u.receipt.GetFileId()
		state.Progress = new(1.0)
	}
	return state
}
