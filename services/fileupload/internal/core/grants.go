package core

import (
	"context"
	"strings"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// CheckGranted refuses a name that is not among those granted. The error has
// reason PERMISSION_DENIED.
func CheckGranted(names principal.Patterns, name string) error {
	if names.Allow(name) {
		return nil
	}
	return problem.InField(problem.PermissionDenied, "file_name",
		"%s is not among the names that these credentials may use; choose another, or have it granted", problem.Echo(name))
}

// GrantedFiles are the files of a principal's tenant that have a granted name.
// All others are as if they were not there. Safe for concurrent use.
type GrantedFiles struct {
	files  *Files
	tenant string
	names  principal.Patterns
}

// Granted returns the files that a principal may touch.
func (f *Files) Granted(p principal.Principal) GrantedFiles {
	return GrantedFiles{files: f, tenant: p.Tenant, names: p.Grants.Files}
}

// Find is [Files.Find].
func (g GrantedFiles) Find(ctx context.Context, id string) (File, error) {
	file, err := g.files.Find(ctx, g.tenant, id)
	if err == nil && !g.names.Allow(file.Name) {
		return File{}, fileFailure(id, ErrNotFound)
	}
	return file, err
}

// List is [Files.List] for the principal's tenant.
func (g GrantedFiles) List(ctx context.Context, query FileQuery) ([]File, error) {
	query.Tenant, query.Names = g.tenant, g.names
	// The catalog has an index for the beginnings of names.
	if common := commonPrefix(g.names); strings.HasPrefix(common, query.NamePrefix) {
		query.NamePrefix = common
	}
	return g.files.List(ctx, query)
}

// Update is [Files.Update].
func (g GrantedFiles) Update(ctx context.Context, id string, change FileChange) (File, error) {
	if err := g.check(ctx, id); err != nil {
		return File{}, err
	}
	return g.files.Update(ctx, g.tenant, id, change)
}

// Copy is [Files.Copy]. The new name has to be granted too.
func (g GrantedFiles) Copy(ctx context.Context, owner, id, name string) (File, error) {
	if err := g.check(ctx, id); err != nil {
		return File{}, err
	}
	if name != "" {
		if err := CheckGranted(g.names, name); err != nil {
			return File{}, err
		}
	}
	return g.files.Copy(ctx, g.tenant, owner, id, name)
}

// Verify is [Files.Verify].
func (g GrantedFiles) Verify(ctx context.Context, id string) (Verification, error) {
	if err := g.check(ctx, id); err != nil {
		return Verification{}, err
	}
	return g.files.Verify(ctx, g.tenant, id)
}

// Delete is [Files.Delete].
func (g GrantedFiles) Delete(ctx context.Context, id string) error {
	if err := g.check(ctx, id); err != nil {
		return err
	}
	return g.files.Delete(ctx, g.tenant, id)
}

// check looks whether there is such a file, before anything else is looked at:
// one that is not granted must not be told from one that is absent. The name of
// a file never changes, so that what is found holds.
func (g GrantedFiles) check(ctx context.Context, id string) error {
	if g.names.Unlimited() {
		return nil
	}
	_, err := g.Find(ctx, id)
	return err
}

// commonPrefix is what all the names begin with.
func commonPrefix(names principal.Patterns) string {
	if names.Unlimited() {
		return ""
	}
	common := strings.TrimSuffix(names[0], "*")
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// FindGranted is [Uploads.Find] for an upload of a file whose name is granted.
func (u *Uploads) FindGranted(ctx context.Context, key UploadKey, names principal.Patterns) (Progress, error) {
	found, err := u.Find(ctx, key)
	if err == nil && !names.Allow(found.FileName) {
		return Progress{}, uploadNotFound(key)
	}
	return found, err
}
