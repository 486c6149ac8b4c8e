package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// header is what the table blocks has of a block.
type header struct {
	block, part    int64
	tenant         string
	entries, bytes int64
	// first and last are the places of the first and the last entry.
	first, last core.Place
	levels      int64
	deleted     bitmap
}

// live is the number of entries that were not deleted.
func (h *header) live() int64 { return h.entries - int64(h.deleted.count()) }

const selectHeaders = "SELECT block, part, tenant, entries, bytes, first, last, levels, deleted, first_id, last_id FROM blocks "

// readHeaders reads the headers that a clause selects and orders.
func readHeaders(ctx context.Context, conn *engine.Conn, clause string, args ...any) ([]header, error) {
	rows, err := conn.Query(ctx, selectHeaders+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var headers []header
	for rows.Next() {
		column := func(i int) []int64 { return engine.Numbers[int64](rows, i) }
		tenants := rows.Texts(2)
		for i := range rows.Len() {
			h := header{
				block: column(0)[i], part: column(1)[i], tenant: tenants[i], entries: column(3)[i], bytes: column(4)[i],
				levels: column(7)[i],
				first:  core.Place{Timestamp: column(5)[i], ID: column(9)[i]}, last: core.Place{Timestamp: column(6)[i], ID: column(10)[i]},
			}
			if deleted, some := rows.Text(8, i); some {
				h.deleted = bitmap(deleted)
			}
			headers = append(headers, h)
		}
	}
	return headers, nil
}

func appendHeaders(conn *engine.Conn, headers []header) error {
	if len(headers) == 0 {
		return nil
	}
	var columns [9][]int64
	tenants, deleted := make([]string, len(headers)), make([][]byte, len(headers))
	for i := range headers {
		h := &headers[i]
		for c, value := range []int64{
			h.block, h.part, h.entries, h.bytes, h.first.Timestamp, h.last.Timestamp, h.levels, h.first.ID, h.last.ID,
		} {
			columns[c] = append(columns[c], value)
		}
		tenants[i], deleted[i] = h.tenant, h.deleted
	}
	return conn.Append("blocks",
		engine.Int64s(columns[0]), engine.Int64s(columns[1]), engine.Texts(tenants), engine.Int64s(columns[2]),
		engine.Int64s(columns[3]), engine.Int64s(columns[4]), engine.Int64s(columns[5]), engine.Int64s(columns[6]),
		engine.Blobs(deleted), engine.Int64s(columns[7]), engine.Int64s(columns[8]))
}

func deleteHeaders(conn *engine.Conn, headers []header) error {
	if len(headers) == 0 {
		return nil
	}
	return conn.ExecWith("DELETE FROM blocks USING gone WHERE blocks.block = gone.block",
		"gone", []string{"block"}, engine.Int64s(blocksOf(headers)))
}

func blocksOf(headers []header) []int64 {
	blocks := make([]int64, len(headers))
	for i := range headers {
		blocks[i] = headers[i].block
	}
	return blocks
}

// table is the name of a part's table.
func table(part int64) string { return fmt.Sprintf("part_%d", part) }
