package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

// piece is one of the columns of a part.
type piece string

const (
	headsPiece    piece = "heads"
	messagesPiece piece = "messages"
	fieldsPiece   piece = "fields"
	pairsPiece    piece = "pairs"
	wordsPiece    piece = "words"
)

// eachPieces reads some pieces of some blocks, which are of one part, and calls
// each with every block's place in the headers.
func eachPieces(
	ctx context.Context, conn *engine.Conn, headers []header, pieces []piece, each func(i int, pieces [][]byte) error,
) error {
	if len(headers) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, selectPieces(headers, pieces))
	if err != nil {
		return err
	}
	defer rows.Close()
	found := 0
	for rows.Next() {
		for row, number := range engine.Numbers[int64](rows, 0) {
			i := slices.IndexFunc(headers, func(h header) bool { return h.block == number })
			read := make([][]byte, len(pieces))
			for column := range pieces {
				text, _ := rows.Text(column+1, row)
				read[column] = unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // nobody changes it
			}
			found++
			if err := each(i, read); err != nil {
				return fmt.Errorf("block %d: %w", number, err)
			}
		}
	}
	if found != len(headers) {
		return fmt.Errorf("part %d has %d of %d blocks: the database is damaged", headers[0].part, found, len(headers))
	}
	return nil
}

func selectPieces(headers []header, pieces []piece) string {
	var query strings.Builder
	query.WriteString("SELECT block")
	for _, piece := range pieces {
		query.WriteString(", " + string(piece))
	}
	low, high := headers[0].block, headers[0].block
	for i := range headers {
		low, high = min(low, headers[i].block), max(high, headers[i].block)
	}
	fmt.Fprintf(&query, " FROM %s WHERE block BETWEEN %d AND %d", table(headers[0].part), low, high)
	if high-low+1 == int64(len(headers)) {
		return query.String()
	}
	query.WriteString(" AND block IN (")
	for i := range headers {
		if i > 0 {
			query.WriteByte(',')
		}
		query.WriteString(strconv.FormatInt(headers[i].block, 10))
	}
	return query.String() + ")"
}
