package core

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Policy says which files of a tenant are taken, and how long they are kept.
type Policy struct {
	// Types that are taken.
	Types TypePolicy
	// MinBytes and MaxBytes bound the size of a file; MaxBytes 0 is no bound.
	MinBytes, MaxBytes int64
	// Names is what names have to match; nil for any name.
	Names *NameRule
	// Expiry is how long a file is kept whose uploader does not say, and MaxExpiry
	// how long any file is kept; 0 for good.
	Expiry, MaxExpiry time.Duration
	// Unscanned tells that contents become files without a scan.
	Unscanned bool
}

// Policies are those of all tenants.
type Policies struct {
	// Default for tenants that are not named.
	Default Policy
	// Tenants by name.
	Tenants map[string]Policy
}

// Of returns the tenant's policy.
func (p Policies) Of(tenant string) Policy {
	if own, named := p.Tenants[tenant]; named {
		return own
	}
	return p.Default
}

// checkHeader looks at what a header says of name and size.
func (p *Policy) checkHeader(header *Header) error {
	if err := p.Names.check(header.FileName); err != nil {
		return err
	}
	return p.checkDeclared(header.TotalSize)
}

// checkDeclared looks at a declared size.
func (p *Policy) checkDeclared(size int64) error {
	switch {
	case size == UnknownSize:
		return nil
	case size < 0:
		return problem.InField(problem.FieldInvalid, "total_size", "is negative; leave it unset when the size is unknown")
	default:
		return p.checkSize(size, "total_size")
	}
}

// checkSize looks at the size of a whole file, which the field tells.
func (p *Policy) checkSize(size int64, field string) error {
	switch {
	case p.MaxBytes > 0 && size > p.MaxBytes:
		return problem.InField(problem.SizeLimitExceeded, field, "is %d bytes; at most %d are taken", size, p.MaxBytes)
	case size < p.MinBytes:
		return problem.InField(problem.SizeLimitExceeded, field, "is %d bytes; at least %d are taken", size, p.MinBytes)
	default:
		return nil
	}
}

// checkGrowth looks at the size that a file would have with one more chunk.
func (p *Policy) checkGrowth(size, declared int64) error {
	switch {
	case declared != UnknownSize && size > declared:
		return problem.InField(problem.SizeMismatch, "data", "brings the file to %d bytes; total_size declared %d", size, declared)
	case p.MaxBytes > 0 && size > p.MaxBytes:
		return problem.InField(problem.SizeLimitExceeded, "data", "brings the file to %d bytes; at most %d are taken", size, p.MaxBytes)
	default:
		return nil
	}
}

// typeOf tells the media type of a file's content under a name, and refuses a name
// or a type that is not taken. ErrNotFound when the store does not have the
// content.
func (p *Policy) typeOf(ctx context.Context, store Store, file *File, name string) (string, error) {
	if name == file.Name {
		return file.ContentType, p.Types.checkMedia(file.ContentType)
	}
	blob, err := store.Open(ctx, file.BlobID)
	if err != nil {
		return "", err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	head := make([]byte, min(headSize, blob.Size()))
	if _, err := blob.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return p.Types.CheckContent(name, head)
}
