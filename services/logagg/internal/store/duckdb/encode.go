package duckdb

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb/internal/block"
)

// chunk are the entries of one block of a tenant, and the block once it is made.
type chunk struct {
	tenant  string
	entries []*entry.Entry
	bytes   int64
	block   block.Block
}

// chunksOf cuts rows into blocks: each tenant's in the order of their
// timestamps.
func chunksOf(rows []core.Row) []chunk {
	var tenants []string
	byTenant := map[string][]*entry.Entry{}
	for i := range rows {
		entries, known := byTenant[rows[i].Tenant]
		if !known {
			tenants = append(tenants, rows[i].Tenant)
		}
		byTenant[rows[i].Tenant] = append(entries, &rows[i].Entry)
	}
	var chunks []chunk
	for _, tenant := range tenants {
		chunks = appendChunks(chunks, tenant, byTenant[tenant])
	}
	return chunks
}

func appendChunks(chunks []chunk, tenant string, entries []*entry.Entry) []chunk {
	if !slices.IsSortedFunc(entries, byPlace) {
		slices.SortFunc(entries, byPlace)
	}
	// Blocks of one size: none of them has to be put together with others.
	blocks := (len(entries) + block.MaxRows - 1) / block.MaxRows
	for rest := entries; len(rest) > 0; blocks = max(blocks-1, 1) {
		c := chunk{tenant: tenant}
		most := (len(rest) + blocks - 1) / blocks
		count := 0
		for ; count < min(most, block.MaxRows); count++ {
			size := sizeOf(rest[count])
			if count > 0 && c.bytes+size > block.MaxBytes {
				break
			}
			c.bytes += size
		}
		c.entries, rest = rest[:count], rest[count:]
		chunks = append(chunks, c)
	}
	return chunks
}

func byPlace(a, b *entry.Entry) int {
	return cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.ID, b.ID))
}

// sizeOf is how large an entry's texts are.
func sizeOf(e *entry.Entry) int64 {
	size := len(e.Application) + len(e.Category) + len(e.Message)
	for i := range e.Fields {
		size += len(e.Fields[i].Name) + len(e.Fields[i].Value)
	}
	return int64(size)
}

// encode makes the blocks, as many at once as there are writers.
func (s *Store) encode(ctx context.Context, chunks []chunk) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(s.writers))
	for i := range chunks {
		group.Go(func() error {
			select {
			case writer := <-s.writers:
				chunks[i].block = writer.Write(chunks[i].entries)
				s.writers <- writer
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}
	return group.Wait()
}
