package duckdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

const (
	// fullPart is how many bytes go into a part before a change begins the next
	// one. It is a little less than what DuckDB's log has when it is folded into
	// the file: most parts are written there once, and not again as they grow.
	fullPart = 15 << 20
	// maxPart is how many bytes of one change go into a part. DuckDB holds a part
	// in memory while it writes it, and reads a piece of all its blocks for that
	// of one.
	maxPart = 32 << 20
)

// place is where the next block goes.
type place struct {
	block, part, bytes int64
}

func readPlace(ctx context.Context, conn *engine.Conn) (p place, err error) {
	rows, err := conn.Query(ctx, fmt.Sprintf("SELECT %s, %s, %s FROM meta", lastBlock, lastPart, partBytes))
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		column := func(i int) int64 { return engine.Numbers[int64](rows, i)[0] }
		p = place{block: column(0), part: column(1), bytes: column(2)}
	}
	if p.part == 0 || p.bytes >= fullPart {
		p.begin()
	}
	return p, nil
}

// begin begins a new part.
func (p *place) begin() {
	p.part++
	p.bytes = 0
}

func (p *place) write(ctx context.Context, conn *engine.Conn) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("UPDATE meta SET %s = %d, %s = %d, %s = %d",
		lastBlock, p.block, lastPart, p.part, partBytes, p.bytes))
	return err
}

// next is the place of a block of some size.
func (p *place) next(size int64) (block, part int64) {
	if p.bytes > 0 && p.bytes+size > maxPart {
		p.begin()
	}
	p.block++
	p.bytes += size
	return p.block, p.part
}

// appendBlocks writes new blocks.
func appendBlocks(ctx context.Context, conn *engine.Conn, chunks []chunk) error {
	if len(chunks) == 0 {
		return nil
	}
	at, err := readPlace(ctx, conn)
	if err != nil {
		return err
	}
	headers := make([]header, len(chunks))
	for i := range chunks {
		b := &chunks[i].block
		h := &headers[i]
		h.block, h.part = at.next(int64(b.Size()))
		h.tenant, h.entries, h.bytes = chunks[i].tenant, int64(b.Rows), chunks[i].bytes
		h.levels = b.Levels
		h.first, h.last = placeOf(chunks[i].entries[0]), placeOf(chunks[i].entries[len(chunks[i].entries)-1])
	}
	if err := appendHeaders(conn, headers); err != nil {
		return err
	}
	for from := 0; from < len(headers); {
		to := from
		for to < len(headers) && headers[to].part == headers[from].part {
			to++
		}
		if err := appendPieces(ctx, conn, headers[from:to], chunks[from:to]); err != nil {
			return err
		}
		from = to
	}
	return at.write(ctx, conn)
}

// appendPieces writes blocks of one part.
func appendPieces(ctx context.Context, conn *engine.Conn, headers []header, chunks []chunk) error {
	part := headers[0].part
	if _, err := conn.Exec(ctx, fmt.Sprintf(createPart, part)); err != nil {
		return err
	}
	var heads, messages, fields, pairs, words [][]byte
	for i := range chunks {
		b := &chunks[i].block
		heads, messages, fields = append(heads, b.Heads), append(messages, b.Messages), append(fields, b.Fields)
		pairs, words = append(pairs, b.Pairs), append(words, b.Words)
	}
	return conn.Append(table(part), engine.Int64s(blocksOf(headers)), engine.Blobs(heads),
		engine.Blobs(messages), engine.Blobs(fields), engine.Blobs(pairs), engine.Blobs(words))
}

// dropBlocks deletes blocks, and the parts that have none after that.
func dropBlocks(ctx context.Context, conn *engine.Conn, headers []header) error {
	if err := deleteHeaders(conn, headers); err != nil {
		return err
	}
	byPart := map[int64][]int64{}
	var parts []int64
	for i := range headers {
		part := headers[i].part
		if byPart[part] == nil {
			parts = append(parts, part)
		}
		byPart[part] = append(byPart[part], headers[i].block)
	}
	slices.Sort(parts)
	for _, part := range parts {
		if err := dropPieces(ctx, conn, part, byPart[part]); err != nil {
			return err
		}
	}
	return nil
}

func dropPieces(ctx context.Context, conn *engine.Conn, part int64, blocks []int64) error {
	left, err := engine.ReadNumber[int64](ctx, conn, fmt.Sprintf("SELECT count(*) FROM blocks WHERE part = %d", part))
	if err != nil {
		return err
	}
	if left == 0 {
		_, err := conn.Exec(ctx, "DROP TABLE "+table(part))
		return err
	}
	return conn.ExecWith(fmt.Sprintf("DELETE FROM %s AS kept USING gone WHERE kept.block = gone.block", table(part)),
		"gone", []string{"block"}, engine.Int64s(blocks))
}
