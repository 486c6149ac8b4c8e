package core

import "context"

// filesPage is how many files are read from the catalog at once.
const filesPage = 1000

// FileLister is a [Catalog] to list files from.
type FileLister interface {
	ListFiles(ctx context.Context, query FileQuery) ([]File, error)
}

// EachFile calls do with every file of a tenant, whatever its status. It ends
// after the first error.
func EachFile(ctx context.Context, catalog FileLister, tenant string, do func(file *File) error) error {
	for _, status := range []FileStatus{FileAvailable, FileQuarantined} {
		query := FileQuery{Tenant: tenant, Status: status, Limit: filesPage}
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
