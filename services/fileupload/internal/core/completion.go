package core

import "github.com/sluice-ingest/sluice/libs/principal"

// Completion is an upload that has passed every check, and the file that it
// becomes.
type Completion struct {
	// Upload with its final status and its receipt.
	Upload Upload
	// Registered tells that the catalog has the upload already, as receiving, and
	// Begun is the FileID that it has there.
	Registered bool
	Begun      string
	// File to add. Its status goes with the upload's.
	File File
	// Own tells that the file's content is the upload's own. Otherwise it is what
	// another file of the tenant was found to have.
	Own bool
	// Unsent tells that nothing of the content was sent, so that only what the
	// uploader may read is shared.
	Unsent bool
	// IfAbsent tells to add no file when one of the same name and content is there
	// that the uploader may read or has stored.
	IfAbsent bool
	// Existed tells that no file is added, since the receipt is about one that is
	// there.
	Existed bool
	// Readable are the names of the files that the uploader may read. It is not told
	// of content that only others have.
	Readable Readable
	// MustScan tells that only content is shared that a scan has passed.
	MustScan bool
	// Quota of the tenant.
	Quota Quota
}

// Readable says which files a principal may read. The zero value is none.
type Readable struct {
	// Any tells whether it may read at all.
	Any bool
	// Names are those that it may read then.
	Names principal.Patterns
}

// Allow tells whether a file of this name may be read.
func (r Readable) Allow(name string) bool { return r.Any && r.Names.Allow(name) }

// Content selects what an available completion may share: a catalog looks for it
// in the transaction that completes.
func (c *Completion) Content() ContentQuery {
	query := ContentQuery{
		Tenant: c.File.Tenant, Checksum: c.File.Checksum, Size: c.File.Size, Name: c.File.Name, Now: c.Upload.UpdatedAt,
		Scanned: c.MustScan,
	}
	if c.Unsent {
		query.Names = c.Readable.Names
	}
	return query
}

// MayShare tells whether the file may have the content of another.
func (c *Completion) MayShare() bool { return c.File.Status == FileAvailable }

// Sharing returns the completion with the content of a file that [Content]
// found, or about that file itself.
func (c *Completion) Sharing(same *File) Completion {
	shared, receipt := *c, *c.Upload.Receipt
	receipt.Deduplicated = c.Readable.Allow(same.Name)
	known := c.Readable.Allow(same.Name) || same.Owner == c.File.Owner
	if c.IfAbsent && same.Name == c.File.Name && known {
		receipt.Existed, receipt.FileID = true, same.ID
		receipt.ContentType, receipt.CreatedAt, receipt.ExpiresAt = same.ContentType, same.CreatedAt, same.ExpiresAt
		shared.Existed, shared.File = true, *same
	}
	shared.Own, shared.File.BlobID, shared.File.Scanned = false, same.BlobID, same.Scanned
	shared.Upload.FileID, shared.Upload.Receipt = receipt.FileID, &receipt
	return shared
}
