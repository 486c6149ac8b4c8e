package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	// ext4Shutdown is EXT4_IOC_SHUTDOWN, which package unix does not have.
	ext4Shutdown = 0x8004587d
	// shutdownNoLogFlush drops what the journal has not written yet.
	shutdownNoLogFlush = 2
)

// Ext4 is an ext4 file system of the test's own, on a loop device, whose power
// can be cut. A test uses it from one goroutine.
type Ext4 struct {
	// Dir is where it is mounted.
	Dir string

	t       testing.TB
	device  string
	mounted bool
}

// NewExt4 makes and mounts a file system of so many MiB, at least 8. It needs
// root and a free loop device.
func NewExt4(t testing.TB, sizeMiB int64) *Ext4 {
	t.Helper()
	NeedRoot(t, "a power cut")
	temp := t.TempDir()
	image := filepath.Join(temp, "ext4.img")
	e := &Ext4{Dir: filepath.Join(temp, "mount"), t: t}
	require.NoError(t, os.Mkdir(e.Dir, 0o700))
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, sizeMiB<<20))
	_, err := runTool("mkfs.ext4", "-q", "-F", image)
	require.NoError(t, err)
	t.Cleanup(e.cleanup)
	device, err := runTool("losetup", "--find", "--show", image)
	require.NoError(t, err, "is there a free loop device?")
	e.device = strings.TrimSpace(device)
	e.mount()
	require.NoError(t, os.Mkdir(e.Data(), 0o700))
	syncDir(t, e.Dir)
	return e
}

// Data is a folder on the file system that is empty and durable at first; Dir
// itself has a `lost+found`.
func (e *Ext4) Data() string { return filepath.Join(e.Dir, "data") }

// PowerCut stops the file system at once, as a power cut does: nothing that
// was not on the device by then gets there, and every later access fails. The
// processes that use it are to be killed then.
func (e *Ext4) PowerCut() {
	e.t.Helper()
	fd, err := unix.Open(e.Dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	require.NoError(e.t, err)
	defer func() { _ = unix.Close(fd) }()
	err = unix.IoctlSetPointerInt(fd, ext4Shutdown, shutdownNoLogFlush)
	require.NoError(e.t, err, "can't shut ext4 down")
}

// Remount mounts the file system again after a power cut, as a boot does; the
// kernel replays its journal. Nothing may use it at that moment.
func (e *Ext4) Remount() {
	e.t.Helper()
	require.NoError(e.t, unix.Unmount(e.Dir, 0), "does a process still use %s?", e.Dir)
	e.mounted = false
	e.mount()
}

func (e *Ext4) mount() {
	e.t.Helper()
	require.NoError(e.t, unix.Mount(e.device, e.Dir, "ext4", 0, ""))
	e.mounted = true
}

func (e *Ext4) cleanup() {
	if e.mounted {
		detach(e.t, e.Dir)
	}
	if e.device == "" {
		return
	}
	if _, err := runTool("losetup", "--detach", e.device); err != nil {
		e.t.Errorf("can't free the loop device: %v", err)
	}
}

func syncDir(t testing.TB, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	require.NoError(t, f.Sync())
}
