package postgres

import (
	"context"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// The parameter 3 is the list of statuses, or NULL for all.
var listUploads = `SELECT ` + uploadColumns + ` FROM uploads
	WHERE tenant = $1 AND subject = $2 AND ($3::text[] IS NULL OR status = ANY($3::text[]))
		AND (created_at, upload_id) < ($4, $6) AND ` + named("file_name") + `
	ORDER BY created_at DESC, upload_id DESC LIMIT $7`

// ListUploads returns the uploads of one subject, newest first.
func (c *Catalog) ListUploads(ctx context.Context, query core.UploadQuery) ([]core.Upload, error) {
	var statuses []string
	for _, status := range query.Statuses {
		statuses = append(statuses, string(status))
	}
	before, beforeID := placeOf(query.After)
	uploads, err := collect(ctx, c, scanUpload, listUploads,
		query.Tenant, query.Subject, statuses, before, namesValue(query.Names), beforeID, query.Limit)
	return uploads, explain("list uploads", err)
}

const expiredUploads = `SELECT ` + uploadColumns + ` FROM uploads
	WHERE expires_at < $1 AND (expires_at, file_id) > ($2, $3)
	ORDER BY expires_at, file_id LIMIT $4`

// ExpiredUploads returns uploads that have expired, oldest first.
func (c *Catalog) ExpiredUploads(ctx context.Context, query core.ExpiredQuery) ([]core.Upload, error) {
	after, afterID := expiredPlaceOf(query.After)
	uploads, err := collect(ctx, c, scanUpload, expiredUploads, asMoment(&query.Now), after, afterID, query.Limit)
	return uploads, explain("list expired uploads", err)
}
