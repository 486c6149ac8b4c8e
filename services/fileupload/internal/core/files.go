package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Files gives access to stored files. Safe for concurrent use.
type Files struct {
	catalog   Catalog
	store     Store
	limits    Limits
	verifying *reading
}

// NewFiles returns the files of a catalog and a store. Of the limits they need
// the types, the quotas and what refuses new work.
func NewFiles(catalog Catalog, store Store, limits Limits) *Files {
	return &Files{catalog: catalog, store: store, limits: limits, verifying: newReading()}
}

// Find returns a file of the tenant, or reason FILE_NOT_FOUND.
func (f *Files) Find(ctx context.Context, tenant, id string) (File, error) {
	file, err := f.catalog.FindFile(ctx, tenant, id)
	if err == nil && !file.ExpiresAt.IsZero() && !file.ExpiresAt.After(time.Now()) {
		err = ErrNotFound // the janitor is on its way
	}
	return file, fileFailure(id, err)
}

// List returns a page of a tenant's files, newest first.
func (f *Files) List(ctx context.Context, query FileQuery) ([]File, error) {
	files, err := f.catalog.ListFiles(ctx, query)
	return files, failure(err)
}

// Update changes metadata or expiry, which has to lie in the future.
func (f *Files) Update(ctx context.Context, tenant, id string, change FileChange) (File, error) {
	change.UpdatedAt = time.Now()
	if change.Metadata != nil {
		if err := CheckMetadata(*change.Metadata); err != nil {
			return File{}, err
		}
	}
	if at := change.ExpiresAt; at != nil && !at.IsZero() && !at.After(change.UpdatedAt) {
		return File{}, problem.InField(problem.FieldInvalid, "expire_time", "lies in the past; leave it unset to keep the file for good")
	}
	if _, err := f.Find(ctx, tenant, id); err != nil {
		return File{}, err
	}
	file, err := f.catalog.UpdateFile(ctx, tenant, id, change)
	return file, fileFailure(id, err)
}

// Copy makes a file of the same content under another identifier. An empty name
// keeps the original's.
func (f *Files) Copy(ctx context.Context, tenant, owner, id, name string) (File, error) {
	if err := f.limits.checkNewWork(); err != nil {
		return File{}, err
	}
	original, err := f.Find(ctx, tenant, id)
	if err != nil {
		return File{}, err
	}
	newID, err := uuid.NewV7()
	if err != nil {
		return File{}, fmt.Errorf("make a file identifier: %w", err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	duplicate := original
	duplicate.ID, duplicate.Owner, duplicate.Metadata = newID.String(), owner, maps.Clone(original.Metadata)
	duplicate.CreatedAt, duplicate.UpdatedAt, duplicate.ExpiresAt = now, now, time.Time{}
	if name != "" {
		duplicate.Name = name
	}
	if err := f.checkCopy(ctx, &original, &duplicate); err != nil {
		return File{}, err
	}
	return duplicate, fileFailure(id, f.commitCopy(ctx, &original, duplicate))
}

// checkCopy looks at a new name as an upload would.
func (f *Files) checkCopy(ctx context.Context, original, duplicate *File) error {
	if duplicate.Name == original.Name {
		return nil
	}
	if err := CheckName(duplicate.Name); err != nil {
		return err
	}
	if err := f.limits.Types.CheckName(duplicate.Name); err != nil {
		return err
	}
	blob, err := f.Open(ctx, original)
	if err != nil {
		return err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	head := make([]byte, min(headSize, blob.Size()))
	if _, err := blob.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return failure(err)
	}
	duplicate.ContentType, err = f.limits.Types.CheckContent(duplicate.Name, head)
	return err
}

func (f *Files) commitCopy(ctx context.Context, original *File, duplicate File) error {
	quota := f.limits.Quotas.Of(duplicate.Tenant)
	if err := f.checkRoom(ctx, quota, &duplicate); err != nil {
		return err
	}
	if err := f.store.Copy(ctx, original.ID, duplicate.ID); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err := f.catalog.CreateFile(ctx, duplicate, quota)
	if _, over := errors.AsType[*QuotaError](err); over {
		return errors.Join(err, f.store.Discard(ctx, duplicate.ID))
	}
	return err
}

// checkRoom refuses a file that its tenant has no room for, before its bytes are
// copied. The commit decides.
func (f *Files) checkRoom(ctx context.Context, quota Quota, file *File) error {
	if quota == (Quota{}) {
		return nil
	}
	before, err := f.catalog.Usage(ctx, file.Tenant)
	if err != nil {
		return err
	}
	after := before
	after.Bytes += file.Size
	after.Files++
	return quota.Check(before, after)
}

// Delete removes a file: first from the catalog, then its bytes.
func (f *Files) Delete(ctx context.Context, tenant, id string) error {
	ctx = context.WithoutCancel(ctx)
	if err := f.catalog.DeleteFile(ctx, tenant, id); err != nil {
		return fileFailure(id, err)
	}
	return failure(f.store.Discard(ctx, id))
}

// Open opens the content of a file. The caller closes it.
func (f *Files) Open(ctx context.Context, file *File) (Blob, error) {
	blob, err := f.store.Open(ctx, file.ID)
	if errors.Is(err, ErrNotFound) {
		return nil, f.missing(ctx, file, err)
	}
	return blob, failure(err)
}

// missing tells a file that was deleted meanwhile from one that lost its bytes.
func (f *Files) missing(ctx context.Context, file *File, cause error) error {
	if _, err := f.Find(ctx, file.Tenant, file.ID); err != nil {
		return err
	}
	return problem.Because(problem.ContentDamaged, cause, "the storage has lost the content of this file")
}

func fileFailure(id string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return problem.InField(problem.FileNotFound, "file_id", "there is no file %s", problem.Echo(id))
	}
	return failure(err)
}
