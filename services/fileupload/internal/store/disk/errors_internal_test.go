package disk

import (
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		cause, want error
	}{
		{os.NewSyscallError("fdatasync", syscall.ENOSPC), core.ErrNoSpace},
		{os.NewSyscallError("fdatasync", syscall.EDQUOT), core.ErrNoSpace},
		{&fs.PathError{Op: "openat", Path: "x", Err: syscall.ENOSPC}, core.ErrNoSpace},
		{&fs.PathError{Op: "openat", Path: "x", Err: syscall.ENOENT}, core.ErrNotFound},
		{&os.LinkError{Op: "linkat", Old: "x", New: "y", Err: syscall.EEXIST}, core.ErrExists},
	} {
		err := explain("test", test.cause)
		require.ErrorIs(t, err, test.want)
		require.ErrorIs(t, err, test.cause)
	}
	other := explain("test", syscall.EIO)
	for _, sentinel := range []error{core.ErrNoSpace, core.ErrNotFound, core.ErrExists} {
		require.NotErrorIs(t, other, sentinel)
	}
	require.NoError(t, explain("test", nil))
}
