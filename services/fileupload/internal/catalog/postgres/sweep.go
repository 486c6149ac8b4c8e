package postgres

import "context"

const (
	unwantedParts = `SELECT id FROM unnest($1::text[]) AS id
		WHERE NOT EXISTS (SELECT FROM uploads WHERE file_id = left(id, 36) AND status = 'receiving')`
	unwantedBlobs = `SELECT wanted.id FROM unnest($1::text[]) AS wanted (id)
		WHERE NOT EXISTS (SELECT FROM uploads WHERE file_id = left(wanted.id, 36) AND status = 'receiving')
			AND NOT EXISTS (SELECT FROM files WHERE blob_id = wanted.id)`
)

// UnwantedBlobs returns those of ids that no file has as its BlobID and that begin
// with the FileID of no receiving upload.
func (c *Catalog) UnwantedBlobs(ctx context.Context, ids []string) ([]string, error) {
	found, err := collect(ctx, c, scanText, unwantedBlobs, ids)
	return found, explain("look for the owners of blobs", err)
}

// UnwantedParts returns those of ids that begin with the FileID of no receiving
// upload.
func (c *Catalog) UnwantedParts(ctx context.Context, ids []string) ([]string, error) {
	found, err := collect(ctx, c, scanText, unwantedParts, ids)
	return found, explain("look for the owners of parts", err)
}
