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

// DD measures how fast dd writes zeros to the folder's file system and makes
// them durable, in MB/s: what a service that stores durably can't pass.
func DD(ctx context.Context, dir string, mebibytes int) (megabytesPerSecond float64, err error) {
	path := filepath.Join(dir, "floor")
	cmd := exec.CommandContext(ctx, "dd", "if=/dev/zero", "of="+path, "bs=1M", fmt.Sprintf("count=%d", mebibytes), "conv=fdatasync")
	output := &bytes.Buffer{}
	cmd.Stderr = output
	begun := time.Now()
	err = cmd.Run()
	elapsed := time.Since(begun)
	if err := errors.Join(err, os.Remove(path)); err != nil {
		return 0, fmt.Errorf("measure the disk with dd: %w: %s", err, bytes.TrimSpace(output.Bytes()))
	}
	return float64(mebibytes) * (1 << 20) / 1e6 / elapsed.Seconds(), nil
}
