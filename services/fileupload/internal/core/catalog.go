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
)

// Catalog keeps what is known of uploads and files. A method that changes
// something returns when the change is durable; a change is one transaction.
// Safe for concurrent use. Times are kept to the microsecond, in UTC.
type Catalog interface {
	// CreateUpload adds an upload with what it reserves; ErrExists when the key is
	// taken, and a QuotaError when the quota, its tenant's, has not that much.
	CreateUpload(ctx context.Context, upload Upload, quota Quota) error
	// Reserve sets Reserved of a receiving upload; ErrNotFound when it is not
	// there or not receiving, and a QuotaError.
	Reserve(ctx context.Context, key UploadKey, bytes int64, quota Quota) error
	// FindUpload returns an upload; ErrNotFound.
	FindUpload(ctx context.Context, key UploadKey) (Upload, error)
	// SaveCheckpoint stores Checkpoint, Checksum, UpdatedAt and ExpiresAt of a
	// receiving upload, and nothing else of it; ErrNotFound when it is not there
	// or not receiving.
	SaveCheckpoint(ctx context.Context, upload Upload) error
	// CompleteUpload adds the file and stores the upload with its receipt,
	// whether the upload was there or not. The file takes the place of what the
	// upload reserved; a QuotaError when it needs more than the quota has.
	CompleteUpload(ctx context.Context, upload Upload, file File, quota Quota) error
	// AbortUpload marks a receiving upload as aborted, without a checkpoint;
	// ErrNotFound when it is not there or not receiving.
	AbortUpload(ctx context.Context, key UploadKey, updatedAt, expiresAt time.Time) error
	// DeleteUpload forgets an upload; one that is not there is no error.
	DeleteUpload(ctx context.Context, key UploadKey) error
	// ListUploads returns the uploads of one subject, newest first.
	ListUploads(ctx context.Context, query UploadQuery) ([]Upload, error)
	// ExpiredUploads returns uploads that have expired, of any tenant, oldest
	// first.
	ExpiredUploads(ctx context.Context, query ExpiredQuery) ([]Upload, error)
	// DeleteExpiredUpload forgets an upload if it expired before now, and tells
	// whether it did.
	DeleteExpiredUpload(ctx context.Context, key UploadKey, now time.Time) (gone bool, err error)

	// CreateFile adds a file; ErrExists when the identifier is taken, and a
	// QuotaError.
	CreateFile(ctx context.Context, file File, quota Quota) error
	// FindFile returns a file of the tenant; ErrNotFound.
	FindFile(ctx context.Context, tenant, id string) (File, error)
	// ListFiles returns files of one tenant, newest first.
	ListFiles(ctx context.Context, query FileQuery) ([]File, error)
	// UpdateFile changes a file and returns it as it is then; ErrNotFound.
	UpdateFile(ctx context.Context, tenant, id string, change FileChange) (File, error)
	// DeleteFile removes a file and the finished upload whose receipt names it;
	// ErrNotFound.
	DeleteFile(ctx context.Context, tenant, id string) error
	// ExpiredFiles returns files that have expired, of any tenant, oldest first.
	ExpiredFiles(ctx context.Context, query ExpiredQuery) ([]File, error)
	// DeleteExpiredFile removes a file of any tenant, and the finished upload
	// whose receipt names it, if the file expired before now, and tells whether
	// it did.
	DeleteExpiredFile(ctx context.Context, id string, now time.Time) (gone bool, err error)

	// Unwanted returns those of ids under which neither a file nor a receiving
	// upload has bytes, in any order. It takes thousands at a time.
	Unwanted(ctx context.Context, ids []string) ([]string, error)

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
