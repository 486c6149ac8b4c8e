package duckdb

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// Settled is what a piece of the journal settles beside its rows.
type Settled struct {
	// Producers as they stand at the piece's end: those that it changed.
	Producers []producer.State
	// Arrived is what arrived with the piece.
	Arrived []quota.Arrived
}

// ApplyOnce takes a piece of the journal in, all of it or nothing, and returns
// when that is durable: what work does, what the piece settles, and the position
// of its end. Work takes room bytes on the disk, at most; what is settled is
// counted here.
//
// After a failure nobody knows whether the piece is in the store. Applied again,
// it is not taken in twice; until then, a piece that goes further is refused if
// it is. One goroutine calls ApplyOnce.
func (db *Database) ApplyOnce(
	ctx context.Context, position journal.Position, settled Settled, room int64, work Work,
) error {
	stored := false
	room += roomForProducers(settled.Producers) + roomForArrived(settled.Arrived)
	err := db.Change(ctx, "apply", room, func(ctx context.Context, conn *engine.Conn) (err error) {
		if stored, err = db.isStored(ctx, conn, position); err != nil || stored {
			return err
		}
		if err := work(ctx, conn); err != nil {
			return err
		}
		if err := putProducers(conn, settled.Producers); err != nil {
			return err
		}
		if err := addArrived(conn, settled.Arrived); err != nil {
			return err
		}
		return MoveTo(ctx, conn, position)
	})
	if err == nil && stored {
		// Its first commit may not have been synced.
		err = db.Checkpoint(ctx)
	}
	db.doubtAfter(err, position)
	return err
}

func (db *Database) doubtAfter(err error, position journal.Position) {
	switch {
	case err == nil:
		db.doubt = 0
	case db.doubt == 0:
		db.doubt = position
	}
}

// isStored tells whether the piece up to a position is the one whose commit
// failed, and is in the store nevertheless.
func (db *Database) isStored(ctx context.Context, conn *engine.Conn, position journal.Position) (bool, error) {
	if db.doubt == 0 {
		return false, nil
	}
	stored, err := engine.ReadNumber[int64](ctx, conn, "SELECT position FROM meta")
	switch {
	case err != nil:
		return false, err
	case journal.Position(stored) != db.doubt:
		return false, nil
	case position != db.doubt:
		return false, fmt.Errorf("the journal up to %d is in the store: go on from there", stored)
	default:
		return true, nil
	}
}
