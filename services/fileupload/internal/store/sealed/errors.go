package sealed

import (
	"errors"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// explain says what was being done and wraps [core.ErrDamaged] for damage. It
// returns nil for nil, and io.EOF as it is.
func explain(doing string, err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return err
	case errors.Is(err, seal.ErrDamaged):
		return fmt.Errorf("sealed: %s: %w: %w", doing, core.ErrDamaged, err)
	}
	return fmt.Errorf("sealed: %s: %w", doing, err)
}
