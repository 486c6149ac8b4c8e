package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/uuid"
)

// DownloadFile downloads a whole file to path, replacing what is there. The
// bytes go to a temporary file beside it, which is synced and renamed once they
// are verified: path never holds a part. When it returns without an error the
// file survives a power cut.
//
// Errors are those of [StreamingClient.Download], and what the file system
// returned. Nothing is left behind then. [WithOffset] and [WithLength] are
// refused.
func (c *StreamingClient) DownloadFile(
	ctx context.Context, fileID, path string, opts ...DownloadOption,
) (*File, error) {
	o := collectDownloadOptions(opts)
	if o.offset != 0 || o.length != nil {
		return nil, errors.New("download to a file: a range can't replace a whole file; use Download")
	}
	o.path = path
	temporary, err := createBeside(path)
	if err != nil {
		return nil, err
	}
	d := c.newDownload(fileID, temporary, o)
	file, err := d.run(ctx, func(ctx context.Context) error {
		if err := d.withRetry(ctx); err != nil {
			return err
		}
		if err := keep(temporary, path); err != nil {
			return err
		}
		d.meter.durable(d.place)
		return nil
	})
	if err != nil {
		_ = temporary.Close()           // closed already when keep got that far
		_ = os.Remove(temporary.Name()) // renamed already when keep got that far
		return nil, err
	}
	return file, nil
}

// createBeside creates an empty file in the folder of path.
func createBeside(path string) (*os.File, error) {
	name := filepath.Join(filepath.Dir(path), "."+uuid.NewString()+".part")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // the umask decides, as for any file
	if err != nil {
		return nil, fmt.Errorf("create a temporary file for the download: %w", err)
	}
	return file, nil
}

// keep makes the file durable under its final name.
func keep(file *os.File, path string) error {
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync the download: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("close the download: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("move the download into place: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in the folder durable. Windows has no sync of folders:
// its file system keeps a journal of renames.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the folder of the download: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync the folder of the download: %w", err)
	}
	return nil
}
