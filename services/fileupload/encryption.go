package fileupload

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/kms"
	"github.com/sluice-ingest/sluice/libs/seal"
)

// openKeys opens the outer key, nil when none is configured.
func openKeys(ctx context.Context, cfg seal.Config) (*seal.Keys, error) {
	if !cfg.Enabled() {
		return nil, nil
	}
	return seal.Open(ctx, cfg, kms.Resolve)
}

// tellEncryption says in the log and in metrics what is encrypted in the data
// folder and what is not. With a key it reads the names of all blobs.
func (d *data) tellEncryption(ctx context.Context, metrics prometheus.Registerer, log *zap.Logger) error {
	if d.sealed == nil && d.lock == nil {
		log.Info("nothing is encrypted here: the bucket and the database are to do that")
		return nil
	}
	if d.sealed == nil {
		log.Info("nothing is encrypted at rest: new files are stored plain, and so is the catalog; see encryption.key")
		return nil
	}
	found, err := d.sealed.Count(ctx)
	if err != nil {
		return fmt.Errorf("count encrypted and plain files: %w", err)
	}
	log.Info("the bytes of new files are encrypted at rest; files from before there was a key, and the catalog "+
		"with names, sizes, metadata and checksums, are not",
		zap.Int("encrypted_files", found.Sealed), zap.Int("plain_files", found.Plain))
	return d.sealed.Register(metrics, found)
}
