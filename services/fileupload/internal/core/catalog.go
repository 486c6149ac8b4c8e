package core

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// The errors that a catalog or a store returns for others to tell apart, found
// with errors.Is. Any other error of theirs is a failed disk or database.
var (
	// ErrNotFound says that the thing is not there, or not the tenant's.
	ErrNotFound = errors.New("not found")
	// ErrExists says that a thing of this name is already there.
	ErrExists = errors.New("exists already")
	// ErrNoSpace says that the device or the quota is full. Nothing was changed.
	ErrNoSpace = errors.New("no space left")
	// ErrFenced says that a later stream of the upload has begun. Nothing was
	// changed.
	ErrFenced = errors.New("a later stream of the upload has begun")
	// ErrContentGone says that content that was to be shared is no file's any more.
	// Nothing was changed.
	ErrContentGone = errors.New("the content is no file's any more")
)

// Catalog keeps what is known of uploads and files. A method that changes
// something returns when the change is durable; a change is one transaction.
// Safe for concurrent use. Times are kept to the microsecond, in UTC.
type Catalog interface {
	// CreateUpload adds an upload with what it reserves, in the place of one that
	// has expired or whose file was deleted. ErrExists when the key is taken, and a
	// QuotaError when the quota, its tenant's, has not that much.
	CreateUpload(ctx context.Context, upload Upload, quota Quota) error
	// ContinueUpload begins the next stream of a receiving upload: it adds one to
	// Streams, stores the two times, and returns the upload as it is then.
	// ErrNotFound when it is not there or not receiving.
	ContinueUpload(ctx context.Context, key UploadKey, updatedAt, expiresAt time.Time) (Upload, error)
	// Reserve sets Reserved of a receiving upload whose newest stream is the one
	// given, with its FileID; ErrNotFound when it is not there or not receiving,
	// ErrFenced, and a QuotaError.
	Reserve(ctx context.Context, stream Upload, bytes int64, quota Quota) error
	// FindUpload returns an upload; ErrNotFound.
	FindUpload(ctx context.Context, key UploadKey) (Upload, error)
	// SaveCheckpoint stores Checkpoint, Checksum, UpdatedAt and ExpiresAt of a
	// receiving upload whose newest stream is the checkpoint's, and nothing else of
	// it; ErrNotFound when it is not there or not receiving, and ErrFenced.
	SaveCheckpoint(ctx context.Context, upload Upload) error
	// CompleteUpload stores the upload with its receipt and adds the file, which
	// takes the place of what the upload reserved. When the tenant has the content
	// already, what [Completion.Sharing] makes of it is stored instead. It returns
	// what was stored. Of a registered upload: ErrNotFound when it is not there or
	// not receiving with the FileID that it began with, and ErrFenced; of another:
	// ErrExists when its key is taken.
	// ErrContentGone, and a QuotaError when the file needs more than there is.
	CompleteUpload(ctx context.Context, completion Completion) (Completion, error)
	// AbortUpload marks a receiving upload as aborted, without a checkpoint;
	// ErrNotFound when it is not there or not receiving.
	AbortUpload(ctx context.Context, key UploadKey, updatedAt, expiresAt time.Time) error
	// ForgetUpload removes a receiving upload whose newest stream is the one given,
	// with its FileID, and tells whether it did; ErrFenced.
	ForgetUpload(ctx context.Context, stream Upload) (gone bool, err error)
	// ListUploads returns the uploads of one subject, newest first.
	ListUploads(ctx context.Context, query UploadQuery) ([]Upload, error)
	// ExpiredUploads returns uploads that have expired, of any tenant, oldest
	// first.
	ExpiredUploads(ctx context.Context, query ExpiredQuery) ([]Upload, error)
	// ExpireUpload ends an upload that expired before the end, and tells whether it
	// did. A receiving one is kept as expired until the end's ExpiresAt; any other
	// is removed.
	ExpireUpload(ctx context.Context, key UploadKey, end End) (done bool, err error)

	// CopyFile adds a file that shares the content of the available file from, of
	// the same tenant, whose BlobID it has; ErrNotFound when that is gone, ErrExists
	// when the identifier is taken, and a QuotaError.
	CopyFile(ctx context.Context, from string, file File, quota Quota) error
	// FindFile returns a file of the tenant, whatever its status; ErrNotFound.
	FindFile(ctx context.Context, tenant, id string) (File, error)
	// FindContent returns an available file with undamaged content; ErrNotFound.
	FindContent(ctx context.Context, query ContentQuery) (File, error)
	// ListFiles returns files of one tenant, newest first.
	ListFiles(ctx context.Context, query FileQuery) ([]File, error)
	// UpdateFile changes a file and returns it as it is then; ErrNotFound.
	UpdateFile(ctx context.Context, tenant, id string, change FileChange) (File, error)
	// ReleaseFile makes a quarantined file available, and its upload, and returns
	// it; ErrNotFound.
	ReleaseFile(ctx context.Context, tenant, id string, updatedAt time.Time) (File, error)
	// DeleteFile removes a file of this status; ErrNotFound. Uploads whose receipt
	// names it are deleted ones until the end's ExpiresAt. It returns the content
	// that no file has any more, empty when another has it.
	DeleteFile(ctx context.Context, tenant, id string, status FileStatus, end End) (orphan string, err error)
	// ExpiredFiles returns files that have expired, of any tenant, oldest first.
	ExpiredFiles(ctx context.Context, query ExpiredQuery) ([]File, error)
	// ExpireFile removes a file of any tenant and status that expired before the
	// end, and tells whether it did. Uploads whose receipt names it are expired ones
	// until the end's ExpiresAt. orphan is that of DeleteFile.
	ExpireFile(ctx context.Context, id string, end End) (done bool, orphan string, err error)

	// UnwantedBlobs returns those of ids that no file has as its BlobID and that
	// begin with the FileID of no receiving upload, in any order. It takes thousands
	// at a time. A FileID is a UUID of 36 characters.
	UnwantedBlobs(ctx context.Context, ids []string) ([]string, error)
	// UnwantedParts returns those of ids that begin with the FileID of no receiving
	// upload, in any order. It takes thousands at a time.
	UnwantedParts(ctx context.Context, ids []string) ([]string, error)

	// LeastVerified returns contents that were stored or last verified before a
	// moment, those first that have waited longest, each once.
	LeastVerified(ctx context.Context, before time.Time, limit int) ([]Content, error)
	// FilesOf returns files of any tenant and status that have a content, in any
	// order; none when it is no file's.
	FilesOf(ctx context.Context, blobID string, limit int) ([]File, error)
	// SaveVerdicts stores what reading contents back has shown with all their
	// files. One whose files are gone is no error.
	SaveVerdicts(ctx context.Context, verdicts []Verdict) error

	// Tenants returns those that have a file, an upload or a usage and come after
	// one, in the order of their bytes; after is empty for the first.
	Tenants(ctx context.Context, after string, limit int) ([]string, error)
	// Usage returns what a tenant stores and has reserved: the sums over its files
	// and its receiving uploads, as of some commit.
	Usage(ctx context.Context, tenant string) (Usage, error)

	// Close releases the catalog; no method may be called after it.
	Close() error
}

// Page is a place in a list that is ordered by creation, newest first. The
// zero value is the list's start.
type Page struct {
	// Before and BeforeID are CreatedAt and identifier of the last item seen;
	// items of one moment are ordered by identifier, descending.
	Before   time.Time
	BeforeID string
}

// UploadQuery selects uploads of one subject.
type UploadQuery struct {
	Tenant, Subject string
	// Statuses wanted; empty for all.
	Statuses []Status
	// Names are those of the files that are shown.
	Names principal.Patterns
	// After is the place to go on from; identifiers are upload ids.
	After Page
	// Limit is the largest number of items, at least 1.
	Limit int
}

// FileQuery selects files of one tenant.
type FileQuery struct {
	Tenant string
	// Status of the files.
	Status FileStatus
	// NamePrefix that names begin with, case-sensitive; empty for all.
	NamePrefix string
	// Names are those that are shown, beside what NamePrefix says.
	Names principal.Patterns
	// After is the place to go on from; identifiers are file ids.
	After Page
	// Limit is the largest number of items, at least 1.
	Limit int
}

// ExpiredQuery selects what has expired, oldest first.
type ExpiredQuery struct {
	// Now is the moment before which it expired.
	Now time.Time
	// After is the place to go on from.
	After ExpiredPage
	// Limit is the largest number of items, at least 1.
	Limit int
}

// ExpiredPage is a place in a list that is ordered by expiry, oldest first. The
// zero value is the list's start.
type ExpiredPage struct {
	// After and AfterID are ExpiresAt and file identifier of the last item seen;
	// items of one moment are ordered by file identifier, ascending.
	After   time.Time
	AfterID string
}
