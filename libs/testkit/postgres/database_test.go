package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDatabasesAreApart(t *testing.T) {
	first, second := Shared(t).NewDatabase(t), Shared(t).NewDatabase(t)
	query(t, first, "CREATE TABLE rows (id int)")
	query(t, second, "CREATE TABLE rows (id int)")
	query(t, first, "INSERT INTO rows VALUES (1)")
	require.Equal(t, "0", query(t, second, "SELECT count(*) FROM rows"))
}

func TestADatabaseIsDroppedAtTheEndOfItsTest(t *testing.T) {
	const databases = "SELECT datname FROM pg_database"
	outer := Shared(t).NewDatabase(t)
	var name string
	t.Run("inner", func(t *testing.T) {
		name = query(t, Shared(t).NewDatabase(t), "SELECT current_database()")
		require.Contains(t, query(t, outer, databases), name)
	})
	require.NotContains(t, query(t, outer, databases), name)
}

func TestTheOrderOfTextIsNotThatOfItsBytes(t *testing.T) {
	require.Equal(t, "a\nB", query(t, Shared(t).NewDatabase(t),
		"SELECT name FROM (VALUES ('B'), ('a')) AS names (name) ORDER BY name"))
}
