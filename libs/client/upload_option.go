package client

import (
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// UploadOption is a setting of one upload.
type UploadOption interface {
	applyUpload(o *uploadOptions)
}

type uploadOptions struct {
	uploadID    string
	fileName    string
	contentType string
	metadata    map[string]string
	ifAbsent    bool
	expireTime  time.Time
	checksum    string
	hashFirst   bool
	progress    func(Progress)
}

type uploadOption func(*uploadOptions)

func (f uploadOption) applyUpload(o *uploadOptions) { f(o) }

// WithUploadID names the upload, so that another process can resume it: 1 to
// 128 characters of A-Z, a-z, 0-9, "-", "_", ".". The upload asks the server
// first where to go on. The default is a random UUID and no such question.
func WithUploadID(id string) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.uploadID = id })
}

// WithFileName stores the file under this name instead of the last element of
// its path. A name is brought into Unicode normalization form C, the only one
// that servers take.
func WithFileName(name string) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.fileName = name })
}

// WithMetadata keeps these entries with the file: at most 64, keys of 1 to 128
// bytes, values of at most 1,024 bytes, together at most 16 KiB.
func WithMetadata(metadata map[string]string) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.metadata = maps.Clone(metadata) })
}

// WithContentType declares the media type. The server looks at the content
// itself and tells a difference as a [Finding].
func WithContentType(mediaType string) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.contentType = mediaType })
}

// WithIfAbsent makes no second file when the tenant has one of this name and
// content: the receipt is about that one then, with Existed. The bytes are sent
// all the same, unless [WithChecksum] or [WithHashFirst] names the content before.
func WithIfAbsent() UploadOption {
	return uploadOption(func(o *uploadOptions) { o.ifAbsent = true })
}

// WithExpireTime has the server remove the file at a time, which lies in the
// future. The zero time is none: the file stays as long as the server's policy
// says, which may be for good. Servers keep it to the microsecond.
func WithExpireTime(at time.Time) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.expireTime = at })
}

// ProgressOption is a setting of uploads and downloads alike.
type ProgressOption struct {
	report func(Progress)
}

// WithProgress calls back at most ten times a second while a transfer runs, and
// once at its end with the state [TransferDone] or [TransferFailed]. The calls
// for one transfer follow each other; transfers that run at the same time call
// at the same time.
func WithProgress(report func(Progress)) ProgressOption {
	return ProgressOption{report: report}
}

func (p ProgressOption) applyUpload(o *uploadOptions) { o.progress = p.report }

func (p ProgressOption) applyDownload(o *downloadOptions) { o.progress = p.report }

func collectUploadOptions(opts []UploadOption) uploadOptions {
	var o uploadOptions
	for _, opt := range opts {
		opt.applyUpload(&o)
	}
	return o
}

// header returns the header fields of the first message.
func (o *uploadOptions) header(name string, size int64) *fileuploadv1.UploadFileRequest {
	if o.fileName != "" {
		name = o.fileName
	}
	id := o.uploadID
	if id == "" {
		id = uuid.NewString()
	}
	header := &fileuploadv1.UploadFileRequest{
		FileName:    norm.NFC.String(name),
		UploadId:    id,
		ContentType: o.contentType,
		Metadata:    o.metadata,
		Checksum:    strings.ToLower(o.checksum),
		IfAbsent:    o.ifAbsent,
	}
	if !o.expireTime.IsZero() {
		header.ExpireTime = timestamppb.New(o.expireTime)
	}
	if size != unknownSize {
		header.TotalSize = &size
	}
	return header
}
