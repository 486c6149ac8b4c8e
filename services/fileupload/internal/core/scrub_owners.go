package core

import "context"

const (
	// ownersListed is how many files of a damaged content are named.
	ownersListed = 20
	// ownersPage is how many files are read from the catalog at once.
	ownersPage = 1000
)

// Damaged is damaged content.
type Damaged struct {
	Content

	// Damage says what is wrong.
	Damage string
	// New tells that no file said so before.
	New bool
	// FileIDs are the files that have it, at most 20 of them.
	FileIDs []string
}

// owner is what the files of a damaged content say of it.
type owner struct {
	ids   []string
	known bool
}

// owners looks up the files of what is damaged; gone is what is no file's any more,
// having been deleted while it was read. It reads all files of the tenants
// concerned.
func (s *Scrubber) owners(ctx context.Context, all []checked) (damaged []Damaged, gone map[string]bool, err error) {
	byTenant := map[string]map[string]*owner{}
	for _, c := range all {
		if c.damage == "" {
			continue
		}
		if byTenant[c.content.Tenant] == nil {
			byTenant[c.content.Tenant] = map[string]*owner{}
		}
		byTenant[c.content.Tenant][c.content.BlobID] = &owner{}
	}
	for tenant, owners := range byTenant {
		if err := s.fill(ctx, tenant, owners); err != nil {
			return nil, nil, err
		}
	}
	gone = map[string]bool{}
	for _, c := range all {
		if c.damage == "" {
			continue
		}
		of := byTenant[c.content.Tenant][c.content.BlobID]
		if len(of.ids) == 0 {
			gone[c.content.BlobID] = true
			continue
		}
		damaged = append(damaged, Damaged{Content: *c.content, Damage: c.damage, New: !of.known, FileIDs: of.ids})
	}
	return damaged, gone, nil
}

// fill looks up the files of a tenant that have one of these contents.
func (s *Scrubber) fill(ctx context.Context, tenant string, owners map[string]*owner) error {
	return EachFile(ctx, s.catalog, tenant, func(file *File) error {
		of := owners[file.BlobID]
		if of == nil {
			return nil
		}
		of.known = of.known || !file.DamagedAt.IsZero()
		if len(of.ids) < ownersListed {
			of.ids = append(of.ids, file.ID)
		}
		return nil
	})
}

// FileLister is a [Catalog] to list files from.
type FileLister interface {
	ListFiles(ctx context.Context, query FileQuery) ([]File, error)
}

// EachFile calls do with every file of a tenant, whatever its status. It ends
// after the first error.
func EachFile(ctx context.Context, catalog FileLister, tenant string, do func(file *File) error) error {
	for _, status := range []FileStatus{FileAvailable, FileQuarantined} {
		query := FileQuery{Tenant: tenant, Status: status, Limit: ownersPage}
		for {
			files, err := catalog.ListFiles(ctx, query)
			if err != nil {
				return err
			}
			for i := range files {
				if err := do(&files[i]); err != nil {
					return err
				}
			}
			if len(files) < query.Limit {
				break
			}
			last := &files[len(files)-1]
			query.After = Page{Before: last.CreatedAt, BeforeID: last.ID}
		}
	}
	return nil
}
