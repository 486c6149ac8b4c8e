package core

import (
	"context"
	"fmt"
	"time"
)

const (
	// probeReach is how far on in the order the scrubber looks for a content that
	// can be read, and probeNewest how many of a tenant's newest files it tries.
	probeReach  = 10_000
	probeNewest = 3
	// probeAge is how long ago a content was read that is tried.
	probeAge = time.Hour
)

// probe reads contents far from the suspects, and judges the suspects when one of
// them is whole. When none is, the storage is down.
func (b *scrubbing) probe(ctx context.Context) error {
	others, err := b.others(ctx)
	if err != nil {
		return err
	}
	for i := range others {
		if b.seen[others[i].BlobID] {
			continue
		}
		result, err := b.read(ctx, &others[i])
		if err != nil {
			return err
		}
		if result.damage == "" && result.failure == nil {
			b.judge()
			b.unsaved = append(b.unsaved, result)
			return b.save(ctx)
		}
	}
	if err := b.save(ctx); err != nil {
		return err
	}
	last := b.suspects[len(b.suspects)-1]
	return fmt.Errorf("%w: %d contents in a row: %w", ErrStorageDown, len(b.suspects), last.failure)
}

// others returns a few contents to try while the suspects can't be read: some
// behind them in the order, the furthest first, and the newest of their tenant.
// Those that were read or stored lately are left out, as a cache may have them.
func (b *scrubbing) others(ctx context.Context) ([]Content, error) {
	before := time.Now().Add(-min(probeAge, b.scrubber.interval))
	behind, err := b.scrubber.catalog.LeastVerified(ctx, before, probeReach)
	if err != nil {
		return nil, err
	}
	query := FileQuery{Tenant: b.suspects[0].content.Tenant, Status: FileAvailable, Limit: probeNewest}
	newest, err := b.scrubber.catalog.ListFiles(ctx, query)
	if err != nil {
		return nil, err
	}
	var others []Content
	for n := len(behind); n > 0; n /= 2 {
		others = append(others, behind[n-1])
	}
	for i := range newest {
		if file := &newest[i]; file.CreatedAt.Before(before) && file.VerifiedAt.Before(before) {
			others = append(others, file.Content())
		}
	}
	return others, nil
}
