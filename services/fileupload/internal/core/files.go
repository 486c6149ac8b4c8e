package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Files gives access to stored files. Safe for concurrent use.
type Files struct {
	// doubtful are contents of deleted files that could not be removed.
	doubtful

	catalog   Catalog
	store     Store
	limits    Limits
	verifying *reading
}

// NewFiles returns the files of a catalog and a store. Of the limits they need
// the policies, the quotas, how long receipts and quarantined files are kept, and
// what refuses new work.
func NewFiles(catalog Catalog, store Store, limits Limits) *Files {
	return &Files{catalog: catalog, store: store, limits: limits, verifying: newReading()}
}

// Find returns a file of the tenant, or reason FILE_NOT_FOUND.
func (f *Files) Find(ctx context.Context, tenant, id string) (File, error) {
	file, err := f.catalog.FindFile(ctx, tenant, id)
	if err == nil && (file.Status != FileAvailable || file.over(time.Now())) {
		err = ErrNotFound
	}
	return file, fileFailure(id, err)
}

// List returns a page of a tenant's files, newest first.
func (f *Files) List(ctx context.Context, query FileQuery) ([]File, error) {
	query.Status = FileAvailable
	files, err := f.catalog.ListFiles(ctx, query)
	return files, callFailure(err)
}

// Update changes metadata or expiry, which has to lie in the future.
func (f *Files) Update(ctx context.Context, tenant, id string, change FileChange) (File, error) {
	change.UpdatedAt = time.Now()
	if change.Metadata != nil {
		if err := CheckMetadata(*change.Metadata); err != nil {
			return File{}, err
		}
	}
	file, err := f.Find(ctx, tenant, id)
	if err != nil {
		return File{}, err
	}
	if err := f.checkExpiry(&file, change); err != nil {
		return File{}, err
	}
	file, err = f.catalog.UpdateFile(ctx, tenant, id, change)
	return file, fileFailure(id, err)
}

// checkExpiry looks at the time that a file is to be kept.
func (f *Files) checkExpiry(file *File, change FileChange) error {
	policy := f.limits.Policies.Of(file.Tenant)
	switch {
	case change.ExpiresAt == nil:
		return nil
	case change.ExpiresAt.IsZero():
		return policy.checkForGood(file.CreatedAt)
	default:
		return policy.checkExpiry(*change.ExpiresAt, file.CreatedAt, change.UpdatedAt)
	}
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
	duplicate.CreatedAt, duplicate.UpdatedAt = now, now
	policy := f.limits.Policies.Of(tenant)
	duplicate.ExpiresAt = policy.expiry(time.Time{}, now)
	if name != "" {
		duplicate.Name = name
	}
	if err := f.checkCopy(ctx, &policy, &original, &duplicate); err != nil {
		return File{}, err
	}
	err = f.catalog.CopyFile(context.WithoutCancel(ctx), original.ID, duplicate, f.limits.Quotas.Of(tenant))
	return duplicate, fileFailure(id, err)
}

// checkCopy looks at a new name as an upload would.
func (f *Files) checkCopy(ctx context.Context, policy *Policy, original, duplicate *File) (err error) {
	if duplicate.Name == original.Name {
		return nil
	}
	if err := CheckName(duplicate.Name); err != nil {
		return err
	}
	if err := policy.Types.CheckName(duplicate.Name); err != nil {
		return err
	}
	if err := policy.Names.check(duplicate.Name); err != nil {
		return err
	}
	duplicate.ContentType, err = policy.typeOf(ctx, f.store, original, duplicate.Name)
	if errors.Is(err, ErrNotFound) {
		return f.missing(ctx, original, err)
	}
	return callFailure(err)
}

// Delete removes a file: first from the catalog, then its bytes, unless another
// file has them too.
func (f *Files) Delete(ctx context.Context, tenant, id string) error {
	return f.delete(ctx, tenant, id, FileAvailable)
}

func (f *Files) delete(ctx context.Context, tenant, id string, status FileStatus) error {
	ctx = context.WithoutCancel(ctx)
	now := time.Now()
	orphan, err := f.catalog.DeleteFile(ctx, tenant, id, status, End{At: now, ExpiresAt: now.Add(f.limits.ReceiptExpiry)})
	if err != nil || orphan == "" {
		return fileFailure(id, err)
	}
	err = f.store.Discard(ctx, orphan)
	if err != nil {
		f.note(orphan)
	}
	return callFailure(err)
}

// Open opens the content of a file. The caller closes it.
func (f *Files) Open(ctx context.Context, file *File) (Blob, error) {
	blob, err := f.store.Open(ctx, file.BlobID)
	if errors.Is(err, ErrNotFound) {
		return nil, f.missing(ctx, file, err)
	}
	return blob, callFailure(err)
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
	return callFailure(err)
}
