package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"
)

// interruptInterval is how often a statement is told to stop: one that has just
// begun forgets that it was.
const interruptInterval = 5 * time.Millisecond

// Conn is a connection. One goroutine uses it at a time.
type Conn struct {
	handle mapping.Connection
}

// Close ends the connection and undoes its transaction.
func (c *Conn) Close() { mapping.Disconnect(&c.handle) }

// Exec runs a statement and returns how many rows it changed.
func (c *Conn) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	rows, err := c.Query(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	return int64(mapping.RowsChanged(&rows.result)), nil
}

// Query runs a statement to its end; DuckDB holds the whole result. The
// arguments are strings and int64. The caller closes the rows.
func (c *Conn) Query(ctx context.Context, statement string, args ...any) (*Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	stop := c.interruptWhenDone(ctx)
	defer stop()
	rows := &Rows{}
	if err := c.run(statement, args, &rows.result); err != nil {
		mapping.DestroyResult(&rows.result)
		if Is(err, Interrupted) && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return rows, nil
}

func (c *Conn) run(statement string, args []any, result *mapping.Result) error {
	if len(args) == 0 {
		if mapping.Query(c.handle, statement, result) == mapping.StateError {
			return resultError(result)
		}
		return nil
	}
	var prepared mapping.PreparedStatement
	defer mapping.DestroyPrepare(&prepared)
	if mapping.Prepare(c.handle, statement, &prepared) == mapping.StateError {
		message := mapping.PrepareError(prepared)
		return &Error{Kind: kindOf(message), Message: message}
	}
	for i, arg := range args {
		if err := bind(prepared, mapping.IdxT(i+1), arg); err != nil {
			return err
		}
	}
	if mapping.ExecutePrepared(prepared, result) == mapping.StateError {
		return resultError(result)
	}
	return nil
}

func bind(prepared mapping.PreparedStatement, index mapping.IdxT, arg any) error {
	state := mapping.StateError
	switch arg := arg.(type) {
	case string:
		state = mapping.BindVarcharLength(prepared, index, arg, mapping.IdxT(len(arg)))
	case int64:
		state = mapping.BindInt64(prepared, index, arg)
	}
	if state == mapping.StateError {
		return fmt.Errorf("duckdb does not take a %T as argument %d", arg, index)
	}
	return nil
}

// interruptWhenDone stops the statement that runs once ctx is done, until stop
// is called. After that nothing is interrupted any more.
func (c *Conn) interruptWhenDone(ctx context.Context) (stop func()) {
	over, finished := make(chan struct{}), make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(finished)
		ticker := time.NewTicker(interruptInterval)
		defer ticker.Stop()
		for {
			mapping.Interrupt(c.handle)
			select {
			case <-over:
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		close(over)
		if !cancel() {
			<-finished
		}
	}
}
