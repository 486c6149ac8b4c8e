package fileowner_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/sluice-ingest/sluice/libs/fileowner"
)

func TestANewFileStaysPrivate(t *testing.T) {
	draft := newDraft(t)
	require.NoError(t, fileowner.Keep(draft, filepath.Join(t.TempDir(), "none")))
	requireFile(t, draft, os.Getuid(), os.Getgid(), 0o600)
}

func TestThePermissionsAreKept(t *testing.T) {
	for _, mode := range []fs.FileMode{0o400, 0o600, 0o640} {
		draft := newDraft(t)
		require.NoError(t, fileowner.Keep(draft, newOld(t, mode)))
		requireFile(t, draft, os.Getuid(), os.Getgid(), mode)
	}
}

func TestOthersMayNotWriteAnyMore(t *testing.T) {
	draft := newDraft(t)
	require.NoError(t, fileowner.Keep(draft, newOld(t, 0o666)))
	requireFile(t, draft, os.Getuid(), os.Getgid(), 0o644)
}

func TestTheOwnerIsKept(t *testing.T) {
	path, draft := newOld(t, 0o640), newDraft(t)
	giveAway(t, path)
	require.NoError(t, fileowner.Keep(draft, path))
	requireFile(t, draft, 1234, 2345, 0o640)
}

func TestAnOwnerThatCannotBeKeptIsRefused(t *testing.T) {
	path, draft := newOld(t, 0o640), newDraft(t)
	giveAway(t, path)
	mayNotChown(t)
	err := fileowner.Keep(draft, path)
	require.ErrorIs(t, err, fs.ErrPermission)
	require.ErrorContains(t, err, "belongs to user 1234 and group 2345")
	requireFile(t, draft, os.Getuid(), os.Getgid(), 0o600)
}

func newOld(t *testing.T, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func newDraft(t *testing.T) *os.File {
	t.Helper()
	draft, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, draft.Close()) })
	return draft
}

func giveAway(t *testing.T, path string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root gives files away")
	}
	require.NoError(t, os.Chown(path, 1234, 2345))
}

// mayNotChown takes the right to give files away from the test's thread, which
// ends with the test.
func mayNotChown(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	require.NoError(t, unix.Capget(&header, &data[0]))
	data[0].Effective &^= 1 << unix.CAP_CHOWN
	require.NoError(t, unix.Capset(&header, &data[0]))
}

func requireFile(t *testing.T, file *os.File, uid, gid int, mode fs.FileMode) {
	t.Helper()
	info, err := file.Stat()
	require.NoError(t, err)
	stat := info.Sys().(*syscall.Stat_t)
	require.Equal(t, []int{uid, gid}, []int{int(stat.Uid), int(stat.Gid)})
	require.Equal(t, mode, info.Mode().Perm())
}
