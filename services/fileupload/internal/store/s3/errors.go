package s3

import (
	"errors"
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

// errForeign is an answer of 404 that names no S3 error.
var errForeign = errors.New("404 without an S3 error code, which an S3 server does not answer: " +
	"look at s3.endpoint and at what stands before it, such as a load balancer")

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
	case isForeign(err):
		return fmt.Errorf("s3: %s: %w", doing, errForeign)
	}
	return fmt.Errorf("s3: %s: %w", doing, err)
}

// isAbsent tells whether the object or the multipart upload is not there. That
// the bucket is not is another matter: its objects may be anywhere. So is a 404 of
// something before the server, such as a load balancer that has lost it.
func isAbsent(err error) bool {
	return !isForeign(err) && slices.Contains(codesOfAbsence, minio.ToErrorResponse(err).Code)
}

// isForeign tells of an answer of 404 without an S3 error in its body, for which
// minio-go makes up a code. Every answer of 404 to HEAD is one.
func isForeign(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusNotFound && (answer.XMLName.Local == "" || answer.Code == "")
}

// isEmpty tells whether a range was asked for of an object without bytes.
func isEmpty(err error) bool {
	return minio.ToErrorResponse(err).StatusCode == http.StatusRequestedRangeNotSatisfiable
}

func isNoSpace(err error) bool {
	answer := minio.ToErrorResponse(err)
	return answer.StatusCode == http.StatusInsufficientStorage || slices.Contains(codesOfNoSpace, answer.Code)
}
