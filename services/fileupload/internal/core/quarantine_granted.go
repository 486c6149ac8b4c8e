package core

import "context"

// ListQuarantined is [Files.ListQuarantined] for the principal's tenant.
func (g GrantedFiles) ListQuarantined(ctx context.Context, query FileQuery) ([]File, error) {
	query.Tenant, query.Names = g.tenant, g.names
	query.NamePrefix = commonPrefix(g.names)
	return g.files.ListQuarantined(ctx, query)
}

// Release is [Files.Release].
func (g GrantedFiles) Release(ctx context.Context, id string) (File, error) {
	if err := g.checkQuarantined(ctx, id); err != nil {
		return File{}, err
	}
	return g.files.Release(ctx, g.tenant, id)
}

// DeleteQuarantined is [Files.DeleteQuarantined].
func (g GrantedFiles) DeleteQuarantined(ctx context.Context, id string) error {
	if err := g.checkQuarantined(ctx, id); err != nil {
		return err
	}
	return g.files.DeleteQuarantined(ctx, g.tenant, id)
}

// checkQuarantined is check for a file in quarantine.
func (g GrantedFiles) checkQuarantined(ctx context.Context, id string) error {
	file, err := g.files.FindQuarantined(ctx, g.tenant, id)
	if err == nil && !g.names.Allow(file.Name) {
		err = fileFailure(id, ErrNotFound)
	}
	return err
}
