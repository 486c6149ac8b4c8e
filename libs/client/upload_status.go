package client

import (
	"fmt"
	"strings"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// UploadStatus is what happens to an upload on the server at a moment. A server
// that is newer than the SDK may tell others than these.
type UploadStatus int32

// The statuses of an upload.
const (
	// UploadReceiving: bytes come in, or may come in by a resume.
	UploadReceiving = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING)
	// UploadVerifying: every byte is there; size, type and checksum are checked and
	// the bytes made durable.
	UploadVerifying = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING)
	// UploadScanning: the server's scanner reads the content.
	UploadScanning = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING)
	// UploadAvailable: the file is stored, durable and visible.
	UploadAvailable = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE)
	// UploadQuarantined: the content is kept where nobody can read it. The scanner
	// found something, or could not scan it.
	UploadQuarantined = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED)
	// UploadAborted: the upload was given up, or did not pass a check. Its bytes are
	// gone.
	UploadAborted = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED)
	// UploadExpired: the time of the upload, or of its file, was over.
	UploadExpired = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED)
	// UploadDeleted: the file that the upload became was deleted.
	UploadDeleted = UploadStatus(fileuploadv1.UploadStatus_UPLOAD_STATUS_DELETED)
)

// Final tells whether the upload moves no more under this status.
func (s UploadStatus) Final() bool {
	return s != UploadReceiving && s != UploadVerifying && s != UploadScanning
}

// String returns the status in lower case, for people.
func (s UploadStatus) String() string {
	return statusName(fileuploadv1.UploadStatus(s), "UPLOAD_STATUS_")
}

// statusName is an enum's value without the prefix that all values share, in lower
// case.
func statusName(value fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}
