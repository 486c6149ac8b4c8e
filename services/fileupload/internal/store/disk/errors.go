package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// explain says what was being done and wraps the error of package core that
// err stands for, if any. It returns nil for nil.
func explain(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("disk: %s: %w: %w", doing, core.ErrNoSpace, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("disk: %s: %w: %w", doing, core.ErrNotFound, err)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("disk: %s: %w: %w", doing, core.ErrExists, err)
	}
	return fmt.Errorf("disk: %s: %w", doing, err)
}
