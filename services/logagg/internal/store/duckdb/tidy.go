package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

const (
	// rowWeight is how many bytes of text weigh as much as an entry.
	rowWeight = 512
	// fullBlock is the weight from which a block is left alone.
	fullBlock = 4096
	// mergeFactor is how many small blocks of about one size are put together,
	// each of which is at most so many times as large as another.
	mergeFactor = 16
	// maxRewritten is how many blocks with deleted entries are written anew at
	// once.
	maxRewritten = 4
)

// tidy puts small blocks together, or writes blocks with deleted entries anew,
// a few of them. What it fails at is the next one's affair: nothing that
// anybody sees depends on it.
func (s *Store) tidy(ctx context.Context) {
	headers, err := s.untidy(ctx)
	if err == nil && len(headers) > 0 {
		_ = s.rewrite(ctx, headers)
	}
}

// untidy returns blocks of one tenant that should be written anew: as many small
// ones of one size as are worth it, or those with deleted entries.
func (s *Store) untidy(ctx context.Context) (headers []header, err error) {
	const weight = "greatest(entries, bytes // %d)"
	size := fmt.Sprintf("CASE WHEN "+weight+" < 16 THEN 0 WHEN "+weight+" < 256 THEN 1 ELSE 2 END", rowWeight, rowWeight)
	small := fmt.Sprintf(weight+" < %d", rowWeight, fullBlock)
	clauses := []string{
		fmt.Sprintf(`WHERE %[1]s AND (tenant, %[2]s) = (SELECT (tenant, %[2]s) FROM blocks WHERE %[1]s
			GROUP BY tenant, %[2]s HAVING count(*) >= %[3]d LIMIT 1) ORDER BY block LIMIT %[3]d`, small, size, mergeFactor),
		fmt.Sprintf(`WHERE deleted IS NOT NULL
			AND tenant = (SELECT tenant FROM blocks WHERE deleted IS NOT NULL LIMIT 1) ORDER BY block LIMIT %d`, maxRewritten),
	}
	err = s.db.Lookup(ctx, "look for untidy blocks", func(ctx context.Context, conn *engine.Conn) (err error) {
		for _, clause := range clauses {
			if headers, err = readHeaders(ctx, conn, clause); err != nil || len(headers) > 0 {
				return err
			}
		}
		return nil
	})
	return headers, err
}

// rewrite writes blocks of one tenant anew, in as few blocks as they need.
func (s *Store) rewrite(ctx context.Context, headers []header) error {
	room := int64(0)
	for i := range headers {
		room += headers[i].bytes
	}
	return s.db.Change(ctx, "write blocks anew", room, func(ctx context.Context, conn *engine.Conn) error {
		entries, err := s.entriesOf(ctx, conn, headers)
		if err != nil {
			return err
		}
		chunks := appendChunks(nil, headers[0].tenant, entries)
		if err := s.encode(ctx, chunks); err != nil {
			return err
		}
		if err := appendBlocks(ctx, conn, chunks); err != nil {
			return err
		}
		return dropBlocks(ctx, conn, headers)
	})
}

// entriesOf reads all entries of some blocks that were not deleted.
func (s *Store) entriesOf(ctx context.Context, conn *engine.Conn, headers []header) ([]*entry.Entry, error) {
	var all []*entry.Entry
	pieces := []piece{headsPiece, messagesPiece, fieldsPiece}
	for len(headers) > 0 {
		run := headers[:runOf(headers, len(headers))]
		headers = headers[len(run):]
		readings := make([]reading, len(run))
		found := make([][]entry.Entry, len(run))
		err := s.eachReading(ctx, conn, run, pieces, readings, func(i int) (err error) {
			found[i], err = readings[i].entries(readings[i].allRows())
			return err
		})
		if err != nil {
			return nil, err
		}
		for i := range found {
			for j := range found[i] {
				all = append(all, &found[i][j])
			}
		}
	}
	return all, nil
}
