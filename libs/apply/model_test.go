package apply_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fewer has rapid try a part of the cases, for a test that syncs files.
func fewer(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	all := checks.String()
	number, err := strconv.Atoi(all)
	require.NoError(t, err)
	require.NoError(t, checks.Set(strconv.Itoa(max(1, number/2))))
	t.Cleanup(func() { require.NoError(t, checks.Set(all)) })
}

// TestTheStoreHoldsWhatTheJournalSays compares frames, deletions and changes with
// a list, and what arrived with a number, while the store fails before and behind its commits and the process
// ends and is killed at any moment.
func TestTheStoreHoldsWhatTheJournalSays(t *testing.T) {
	dirs := t.TempDir()
	var runs atomic.Int64
	fewer(t)
	rapid.Check(t, func(t *rapid.T) {
		dir := filepath.Join(dirs, strconv.FormatInt(runs.Add(1), 10))
		require.NoError(t, os.Mkdir(dir, 0o700))
		d := newDisk()
		r := openRig(t, dir, d)
		defer func() { r.close(t) }()
		var expected []string
		var arrived int64
		letter := rapid.SampledFrom([]string{"a", "b", "c"})
		remove := func(row string) int64 {
			before := len(expected)
			expected = slices.DeleteFunc(expected, func(r string) bool { return r == row })
			return int64(before - len(expected))
		}
		t.Repeat(map[string]func(*rapid.T){
			"frame": func(t *rapid.T) {
				rows := rapid.SliceOfN(letter, 0, 4).Draw(t, "rows")
				r.append(t, rows...)
				expected = append(expected, rows...)
				arrived += int64(len(rows))
			},
			"delete": func(t *rapid.T) {
				row := letter.Draw(t, "row")
				certain := d.vague.Load() <= 0
				deleted, removed := r.delete(t, row), remove(row)
				if certain {
					require.Equal(t, removed, deleted)
				}
			},
			"change": func(t *rapid.T) {
				r.flush(t)
				row := letter.Draw(t, "row")
				_, err := r.applier.Change(context.Background(), r.target.removal(row))
				require.NoError(t, err)
				remove(row)
			},
			"flush": func(t *rapid.T) {
				require.Equal(t, strings.Join(expected, ""), strings.Join(r.flush(t), ""))
				r.requireArrived(t, arrived)
			},
			"the store fails":     func(*rapid.T) { d.failing.Store(2) },
			"the store is vague":  func(*rapid.T) { d.vague.Store(2) },
			"the store forgets":   func(*rapid.T) { d.forgetful.Store(2) },
			"the process ends":    func(t *rapid.T) { r.settle(t); r.close(t); r = d.reopen(t, dir) },
			"the process is shot": func(t *rapid.T) { r.settle(t); r = r.kill(t, dir) },
			"":                    func(*rapid.T) {},
		})
		require.Equal(t, strings.Join(expected, ""), strings.Join(r.flush(t), ""))
		r.requireArrived(t, arrived)
	})
}

// kill ends the applier without anything more reaching the disk, and opens the
// folder anew.
func (r *rig) kill(t require.TestingT, dir string) *rig {
	r.disk.dead.Store(true)
	r.close(t)
	r.disk.dead.Store(false)
	return r.disk.reopen(t, dir)
}

// reopen opens a folder with the disk, which does not fail any more.
func (d *disk) reopen(t require.TestingT, dir string) *rig {
	d.failing.Store(0)
	d.vague.Store(0)
	d.forgetful.Store(0)
	d.open = "" // A new process asks the disk how far it is.
	return openRig(t, dir, d)
}
