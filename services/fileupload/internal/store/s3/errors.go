package s3

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Codes that S3 and its kin say the same by.
var (
	codesOfAbsence = []string{"NoSuchKey", "NoSuchUpload", "NotFound"}
	codesOfNoSpace = []string{
		"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "EntityQuotaExceeded",
		"InsufficientStorage", "InsufficientCapacity", "StorageFull", "NoSpaceLeft",
	}
)

// explain says what was being done and wraps the error of package core that
// err stands for, if any. It returns nil for nil.
func explain(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case isAbsent(err):
		return fmt.Errorf("s3: %s: %w: %w", doing, core.ErrNotFound, err)
	case isNoSpace(err):
		return fmt.Errorf("s3: %s: %w: %w", doing, core.ErrNoSpace, err)
	}
	return fmt.Errorf("s3: %s: %w", doing, err)
}

// isAbsent tells whether the object or the multipart upload is not there. That
// the bucket is not is another matter: its objects may be anywhere.
func isAbsent(err error) bool {
	return slices.Contains(codesOfAbsence, minio.ToErrorResponse(err).Code)
}

// isEmpty tells whether a range was asked for of an object without bytes.
func isEmpty(err error) bool {
	return minio.ToErrorResponse(err).StatusCode == http.StatusRequestedRangeNotSatisfiable
}

func isNoSpace(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusInsufficientStorage || slices.Contains(codesOfNoSpace, answer.Code)
}
