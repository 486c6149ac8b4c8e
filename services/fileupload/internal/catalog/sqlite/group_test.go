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
	return core.File{ID: id, Tenant: "acme", CreatedAt: time.Now(), UpdatedAt: time.Now()}
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

// requireFiles wants exactly these files.
func requireFiles(t *testing.T, c *Catalog, want ...string) {
	t.Helper()
	found, err := c.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Limit: 1000})
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

func TestAPanicGoesOnInItsCaller(t *testing.T) {
	c := testCatalog(t)
	require.PanicsWithValue(t, "oh", func() {
		_ = c.transact(t.Context(), func(context.Context, *sql.Tx) error { panic("oh") })
	})
	require.NoError(t, c.CreateFile(t.Context(), fileNamed("next"), core.Quota{}))
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
	go func() { left <- c.CreateFile(ctx, fileNamed("left"), core.Quota{}) }()
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
	require.ErrorIs(t, c.CreateFile(t.Context(), fileNamed("late"), core.Quota{}), errClosed)
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
