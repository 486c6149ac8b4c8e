package sqlite

import (
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// fileValues are the values of fileColumns.
func fileValues(f core.File) []any {
	return []any{
		f.ID, f.BlobID, f.Tenant, f.Owner, f.Name, f.Size, f.Checksum, f.ContentType, asObject(&f.Metadata),
		asMoment(&f.CreatedAt), asMoment(&f.UpdatedAt), asMoment(&f.ExpiresAt),
		string(f.Status), f.Quarantine, asMoment(&f.VerifiedAt), asMoment(&f.DamagedAt), f.Damage, f.Scanned,
	}
}

// copyValues are the parameters of copyFile: those of fileColumns up to the
// quarantine, and the file that the content is of.
func copyValues(f core.File, from string) []any {
	const verifiedAt = 14
	return append(fileValues(f)[:verifiedAt:verifiedAt], from)
}

// scanFile reads fileColumns.
func scanFile(found row) (core.File, error) {
	var f core.File
	err := found.Scan(
		&f.ID, &f.BlobID, &f.Tenant, &f.Owner, &f.Name, &f.Size, &f.Checksum, &f.ContentType, asObject(&f.Metadata),
		asMoment(&f.CreatedAt), asMoment(&f.UpdatedAt), asMoment(&f.ExpiresAt),
		&f.Status, &f.Quarantine, asMoment(&f.VerifiedAt), asMoment(&f.DamagedAt), &f.Damage, &f.Scanned,
	)
	return f, err
}

// changeValues are the parameters of updateFile from the third on.
func changeValues(change core.FileChange) []any {
	var metadata map[string]string
	if change.Metadata != nil {
		metadata = *change.Metadata
	}
	var expiresAt time.Time
	if change.ExpiresAt != nil {
		expiresAt = *change.ExpiresAt
	}
	return []any{
		change.Metadata != nil, asObject(&metadata),
		change.ExpiresAt != nil, asMoment(&expiresAt),
		asMoment(&change.UpdatedAt),
	}
}
