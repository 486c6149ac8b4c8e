package core

import (
	"context"
	"errors"
	"time"
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
	// CreateUpload adds an upload; ErrExists when the key is taken.
	CreateUpload(ctx context.Context, upload Upload) error
	// FindUpload returns an upload; ErrNotFound.
	FindUpload(ctx context.Context, key UploadKey) (Upload, error)
	// SaveCheckpoint stores Checkpoint, Checksum, UpdatedAt and ExpiresAt of a
	// receiving upload, and nothing else of it; ErrNotFound when it is not there
	// or not receiving.
	SaveCheckpoint(ctx context.Context, upload Upload) error
	// CompleteUpload adds the file and stores the upload with its receipt,
	// whether the upload was there or not.
	CompleteUpload(ctx context.Context, upload Upload, file File) error
	// AbortUpload marks a receiving upload as aborted, without a checkpoint;
	// ErrNotFound when it is not there or not receiving.
	AbortUpload(ctx context.Context, key UploadKey, updatedAt, expiresAt time.Time) error
	// DeleteUpload forgets an upload; one that is not there is no error.
	DeleteUpload(ctx context.Context, key UploadKey) error
	// ListUploads returns the uploads of one subject, newest first.
	ListUploads(ctx context.Context, query UploadQuery) ([]Upload, error)
	// ExpiredUploads returns at most limit uploads that expired before now, of
	// any tenant, oldest first.
	ExpiredUploads(ctx context.Context, now time.Time, limit int) ([]Upload, error)

	// CreateFile adds a file; ErrExists when the identifier is taken.
	CreateFile(ctx context.Context, file File) error
	// FindFile returns a file of the tenant; ErrNotFound.
	FindFile(ctx context.Context, tenant, id string) (File, error)
	// ListFiles returns files of one tenant, newest first.
	ListFiles(ctx context.Context, query FileQuery) ([]File, error)
	// UpdateFile changes a file and returns it as it is then; ErrNotFound.
	UpdateFile(ctx context.Context, tenant, id string, change FileChange) (File, error)
	// DeleteFile removes a file and the finished upload whose receipt names it;
	// ErrNotFound.
	DeleteFile(ctx context.Context, tenant, id string) error
	// ExpiredFiles returns at most limit files that expired before now, of any
	// tenant, oldest first.
	ExpiredFiles(ctx context.Context, now time.Time, limit int) ([]File, error)

	// Wants tells whether the bytes stored under id belong to a file or to a
	// receiving upload.
	Wants(ctx context.Context, id string) (bool, error)

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
	// After is the place to go on from; identifiers are file ids.
	After Page
	// Limit is the largest number of items, at least 1.
	Limit int
}
