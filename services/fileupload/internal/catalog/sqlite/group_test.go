package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func fileNamed(id string) core.File {
	return core.File{ID: id, BlobID: id, Tenant: "acme", Status: core.FileAvailable, CreatedAt: time.Now(), UpdatedAt: time.Now()}
}

// adding returns a change that adds a file and then does something else.
func adding(ctx context.Context, c *Catalog, id string, then func(ctx context.Context, tx *sql.Tx) error) *change {
	return &change{ctx: ctx, done: make(chan error, 1), work: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := execute(ctx, tx, c.statements.insertFile, fileValues(fileNamed(id))...); err != nil {
			return err
		}
		return then(ctx, tx)
	}}
}

func nothingMore(context.Context, *sql.Tx) error { return nil }

// addFile adds a file in its turn.
func addFile(ctx context.Context, c *Catalog, id string) error {
	return c.transact(ctx, adding(ctx, c, id, nothingMore).work)
}

// requireFiles wants exactly these files.
func requireFiles(t *testing.T, c *Catalog, want ...string) {
	t.Helper()
	found, err := c.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 1000})
	require.NoError(t, err)
	ids := make([]string, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	require.ElementsMatch(t, want, ids)
	usage, err := c.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, int64(len(want)), usage.Files)
}

func TestChangesOfOneCommitHaveTheirOwnOutcomes(t *testing.T) {
	c := testCatalog(t)
	refused := errors.New("refused")
	group := []*change{
		adding(t.Context(), c, "first", nothingMore),
		adding(t.Context(), c, "refused", func(context.Context, *sql.Tx) error { return refused }),
		adding(t.Context(), c, "first", nothingMore),
		adding(t.Context(), c, "panics", func(context.Context, *sql.Tx) error { panic("oh") }),
		adding(t.Context(), c, "last", nothingMore),
	}
	c.commit(group)
	require.NoError(t, <-group[0].done)
	require.ErrorIs(t, <-group[1].done, refused)
	require.ErrorIs(t, meaningOf(<-group[2].done), core.ErrExists)
	require.ErrorIs(t, <-group[3].done, errPanicked)
	require.Equal(t, "oh", group[3].panicked)
	require.NoError(t, <-group[4].done)
	requireFiles(t, c, "first", "last")
}

// SQLite undoes a whole transaction by itself after some errors.
func TestWhatIsUndoneWithOthersIsDoneAlone(t *testing.T) {
	c := testCatalog(t)
	broken := errors.New("broken")
	for name, outcome := range map[string]error{"fails": broken, "does not notice": nil} {
		group := []*change{
			adding(t.Context(), c, name+" before", nothingMore),
			adding(t.Context(), c, name, func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "ROLLBACK")
				return errors.Join(outcome, err)
			}),
			adding(t.Context(), c, name+" after", nothingMore),
		}
		c.commit(group)
		require.NoError(t, <-group[0].done)
		require.Error(t, <-group[1].done)
		require.NoError(t, <-group[2].done)
	}
	requireFiles(t, c, "fails before", "fails after", "does not notice before", "does not notice after")
}

// The room that a commit of many does not find is there for some of them alone.
func TestAFullDiskInTheMiddleOfAGroupIsForOneAlone(t *testing.T) {
	c := testCatalog(t)
	var pages int
	require.NoError(t, c.writer.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	_, err := c.writer.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+2))
	require.NoError(t, err)
	runs := 0
	group := []*change{
		adding(t.Context(), c, "before", func(context.Context, *sql.Tx) error { runs++; return nil }),
		adding(t.Context(), c, "large", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE files SET metadata = hex(zeroblob(100000)) WHERE id = 'large'")
			return err
		}),
		adding(t.Context(), c, "after", nothingMore),
	}
	c.commit(group)
	require.NoError(t, <-group[0].done)
	require.ErrorIs(t, meaningOf(<-group[1].done), core.ErrNoSpace)
	require.NoError(t, <-group[2].done)
	require.Equal(t, 2, runs, "with the others and alone")
	requireFiles(t, c, "before", "after")
}

// Waiting for the lock again for each of them would take minutes.
func TestALockedDatabaseIsWaitedForOnceByAll(t *testing.T) {
	c := testCatalog(t)
	_, err := c.writer.ExecContext(t.Context(), "PRAGMA busy_timeout = 20")
	require.NoError(t, err)
	_, err = c.reader.ExecContext(t.Context(), "PRAGMA query_only = 0")
	require.NoError(t, err)
	holder, err := c.reader.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, holder.Close()) }()
	_, err = holder.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	group := []*change{adding(t.Context(), c, "first", nothingMore), adding(t.Context(), c, "second", nothingMore)}
	c.commit(group)
	first, second := <-group[0].done, <-group[1].done
	require.ErrorContains(t, first, "locked")
	require.Same(t, first, second, "the error of one attempt")
	_, err = holder.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	requireFiles(t, c)
}

func TestWhoLeftIsNotTriedAgainAlone(t *testing.T) {
	c := testCatalog(t)
	ctx, cancel := context.WithCancel(t.Context())
	group := []*change{
		adding(ctx, c, "left", nothingMore),
		adding(t.Context(), c, "undoes all", func(ctx context.Context, tx *sql.Tx) error {
			cancel()
			_, err := tx.ExecContext(ctx, "ROLLBACK")
			return err
		}),
		adding(t.Context(), c, "stayed", nothingMore),
	}
	c.commit(group)
	require.ErrorIs(t, <-group[0].done, context.Canceled)
	require.Error(t, <-group[1].done)
	require.NoError(t, <-group[2].done)
	requireFiles(t, c, "stayed")
}

// What has begun goes on to its end.
func TestTheEndOfAContextStopsNoChangeThatHasBegun(t *testing.T) {
	c := testCatalog(t)
	ctx, cancel := context.WithCancel(t.Context())
	ending := func(context.Context, *sql.Tx) error { cancel(); return nil }
	group := []*change{adding(ctx, c, "one", ending), adding(ctx, c, "two", nothingMore)}
	c.commit(group)
	require.NoError(t, <-group[0].done)
	require.NoError(t, <-group[1].done)
	c.commit(group[:1])
	require.ErrorIs(t, meaningOf(<-group[0].done), core.ErrExists)
	requireFiles(t, c, "one", "two")
}

// A commit that fails says nothing to those whose change had failed before.
func TestAFailedCommitIsTheErrorOfThoseWithoutOne(t *testing.T) {
	c := testCatalog(t)
	refused := errors.New("refused")
	group := []*change{
		adding(t.Context(), c, "first", nothingMore),
		adding(t.Context(), c, "refused", func(context.Context, *sql.Tx) error { return refused }),
		// The transaction is over, and its last part is one of its own: nothing is left
		// to commit.
		adding(t.Context(), c, "last", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "ROLLBACK; SAVEPOINT change")
			return err
		}),
	}
	c.commit(group)
	require.ErrorContains(t, <-group[0].done, "no transaction is active")
	require.Equal(t, refused, <-group[1].done)
	require.ErrorContains(t, <-group[2].done, "no transaction is active")
	requireFiles(t, c)
}

func TestAPanicGoesOnInItsCaller(t *testing.T) {
	c := testCatalog(t)
	require.PanicsWithValue(t, "oh", func() {
		_ = c.transact(t.Context(), func(context.Context, *sql.Tx) error { panic("oh") })
	})
	require.NoError(t, addFile(t.Context(), c, "next"))
}

func TestWhoWaitsForTheTurnMayLeave(t *testing.T) {
	c := testCatalog(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	busy := make(chan error, 1)
	go func() {
		busy <- c.transact(t.Context(), func(context.Context, *sql.Tx) error {
			close(began)
			<-goOn
			return nil
		})
	}()
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- addFile(ctx, c, "left") }()
	cancel()
	require.ErrorIs(t, <-left, context.Canceled)
	close(goOn)
	require.NoError(t, <-busy)
	requireFiles(t, c)
}

func TestAClosedCatalogChangesNothing(t *testing.T) {
	c, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.ErrorIs(t, addFile(t.Context(), c, "late"), errClosed)
}

// All that wait when a commit ends go with the next.
func TestWhatWaitsIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Catalog{changes: make(chan *change)}
		const waiting = mostTogether + 5
		for i := range waiting {
			go func() { c.changes <- &change{panicked: fmt.Sprint(i)} }()
		}
		synctest.Wait()
		require.Len(t, c.gather(&change{}), mostTogether)
		require.Len(t, c.gather(<-c.changes), 6)
	})
}
