package engine

import "context"

// ReadNumber reads the only column of a query's only row, whose type must be
// T's. Without a row it is 0.
func ReadNumber[T Number](ctx context.Context, conn *Conn, query string, args ...any) (T, error) {
	var number T
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return number, err
	}
	defer rows.Close()
	for rows.Next() {
		number = Numbers[T](rows, 0)[0]
	}
	return number, nil
}
