package core

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// The names of the quotas. Their keys in the configuration are in the section
// quotas.
const (
	QuotaFileBytes = "file_bytes"
	QuotaFiles     = "files"
)

// Quota bounds what a tenant stores. The zero value bounds nothing.
type Quota struct {
	// Bytes and Files that may be stored and reserved; 0 for no limit.
	Bytes, Files int64
}

// Quotas are those of all tenants. The zero value bounds nothing.
type Quotas struct {
	// Default for tenants that are not named.
	Default Quota
	// Tenants by name.
	Tenants map[string]Quota
}

// Of returns the tenant's quota.
func (q Quotas) Of(tenant string) Quota {
	if own, named := q.Tenants[tenant]; named {
		return own
	}
	return q.Default
}

// Usage is what a tenant stores, and what is reserved for its uploads that are
// receiving.
type Usage struct {
	Bytes, Files                 int64
	ReservedBytes, ReservedFiles int64
}

func (u Usage) allBytes() int64 { return u.Bytes + u.ReservedBytes }
func (u Usage) allFiles() int64 { return u.Files + u.ReservedFiles }

// Check refuses a change of a tenant's usage that goes beyond the quota, with a
// [QuotaError]. A change that brings nothing more never does: what was reserved
// can always be stored, even if the quota was lowered since.
func (q Quota) Check(before, after Usage) error {
	switch {
	case q.Files > 0 && after.allFiles() > max(q.Files, before.allFiles()):
		return &QuotaError{Quota: QuotaFiles, Limit: q.Files}
	case q.Bytes > 0 && after.allBytes() > max(q.Bytes, before.allBytes()):
		return &QuotaError{Quota: QuotaFileBytes, Limit: q.Bytes}
	default:
		return nil
	}
}

// QuotaError says that a change would go beyond a tenant's quota. Nothing was
// changed.
type QuotaError struct {
	// Quota is the name of the one that was hit, and Limit its value.
	Quota string
	Limit int64
}

// Error implements error.
func (e *QuotaError) Error() string {
	return fmt.Sprintf("the quota %s of %d is used up: delete files, or raise it", e.Quota, e.Limit)
}

func (e *QuotaError) problem() *problem.Error {
	limit := humanize.Comma(e.Limit) + " files"
	if e.Quota == QuotaFileBytes {
		limit = humanize.IBytes(uint64(e.Limit))
	}
	refusal := quota.Exceeded("quotas."+e.Quota, e.Limit,
		"the tenant may store %s, with what its unfinished uploads reserve; make room by deleting files, then resume", limit)
	refusal.Cause = e
	return refusal
}

// Accounts tell what tenants use of their quotas. Safe for concurrent use.
type Accounts struct {
	catalog Catalog
	quotas  Quotas
}

// NewAccounts returns the accounts that a catalog keeps.
func NewAccounts(catalog Catalog, quotas Quotas) *Accounts {
	return &Accounts{catalog: catalog, quotas: quotas}
}

// Usage implements [quota.Source]: the bytes, then the files.
func (a *Accounts) Usage(ctx context.Context, tenant string) ([]quota.Usage, error) {
	used, err := a.catalog.Usage(ctx, tenant)
	if err != nil {
		return nil, callFailure(err)
	}
	limits := a.quotas.Of(tenant)
	return []quota.Usage{
		{Quota: QuotaFileBytes, Used: used.Bytes, Reserved: used.ReservedBytes, Limit: limits.Bytes},
		{Quota: QuotaFiles, Used: used.Files, Reserved: used.ReservedFiles, Limit: limits.Files},
	}, nil
}
