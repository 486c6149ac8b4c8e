package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// floorBytes is what dd writes.
const floorBytes = 1024 << 20

// floor measures how fast dd writes 1 GiB to the folder's file system and makes
// it durable, in MB/s: what a service that stores durably can't pass.
func floor(ctx context.Context, dir string) (megabytesPerSecond float64, err error) {
	path := filepath.Join(dir, "floor")
	cmd := exec.CommandContext(ctx, "dd", "if=/dev/zero", "of="+path, "bs=1M", "count=1024", "conv=fdatasync")
	output := &bytes.Buffer{}
	cmd.Stderr = output
	begun := time.Now()
	err = cmd.Run()
	elapsed := time.Since(begun)
	if err := errors.Join(err, os.Remove(path)); err != nil {
		return 0, fmt.Errorf("measure the disk with dd: %w: %s", err, bytes.TrimSpace(output.Bytes()))
	}
	return floorBytes / 1e6 / elapsed.Seconds(), nil
}
