package core

import (
	"context"
	"time"
)

// FindQuarantined returns a file of the tenant in quarantine, or reason
// FILE_NOT_FOUND.
func (f *Files) FindQuarantined(ctx context.Context, tenant, id string) (File, error) {
	file, err := f.catalog.FindFile(ctx, tenant, id)
	if err == nil && (file.Status != FileQuarantined || file.over(time.Now())) {
		err = ErrNotFound
	}
	return file, fileFailure(id, err)
}

// ListQuarantined returns a page of a tenant's files in quarantine, newest first.
func (f *Files) ListQuarantined(ctx context.Context, query FileQuery) ([]File, error) {
	query.Status = FileQuarantined
	files, err := f.catalog.ListFiles(ctx, query)
	return files, callFailure(err)
}

// Release makes a file in quarantine available. Its time begins with the release,
// unless its uploader asked for less than the quarantine has.
func (f *Files) Release(ctx context.Context, tenant, id string) (File, error) {
	file, err := f.FindQuarantined(ctx, tenant, id)
	if err != nil {
		return File{}, err
	}
	ctx = context.WithoutCancel(ctx)
	now := time.Now()
	if !file.ExpiresAt.Before(file.CreatedAt.Add(f.limits.Scans.QuarantineExpiry)) {
		policy := f.limits.Policies.Of(tenant)
		until := policy.expiry(time.Time{}, now)
		// First: a file that was released must not be removed as one in quarantine.
		if _, err := f.catalog.UpdateFile(ctx, tenant, id, FileChange{ExpiresAt: &until, UpdatedAt: now}); err != nil {
			return File{}, fileFailure(id, err)
		}
	}
	file, err = f.catalog.ReleaseFile(ctx, tenant, id, now)
	return file, fileFailure(id, err)
}

// DeleteQuarantined removes a file in quarantine as [Files.Delete] does others.
func (f *Files) DeleteQuarantined(ctx context.Context, tenant, id string) error {
	return f.delete(ctx, tenant, id, FileQuarantined)
}
