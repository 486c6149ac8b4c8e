package client

import fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"

// FileStatus tells whether a stored file can be read. A server that is newer than
// the SDK may tell others than these.
type FileStatus int32

// The statuses of a file.
const (
	// FileAvailable has passed every check and is visible to those who may read it.
	FileAvailable = FileStatus(fileuploadv1.FileStatus_FILE_STATUS_AVAILABLE)
	// FileQuarantined did not pass the scan, or could not be scanned.
	FileQuarantined = FileStatus(fileuploadv1.FileStatus_FILE_STATUS_QUARANTINED)
)

// String returns the status in lower case, for people.
func (s FileStatus) String() string {
	return statusName(fileuploadv1.FileStatus(s), "FILE_STATUS_")
}
