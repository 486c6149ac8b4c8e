package fileupload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
)

// ErrUnsound says that a check has found problems, which are in its report.
var ErrUnsound = errors.New("files or unfinished uploads are damaged or missing, or a usage is wrong; see the report")

// CheckConfig is the configuration of a check: that of the service, and how to
// look.
type CheckConfig struct {
	Config

	Deep bool `koanf:"deep" help:"read all content and compare its SHA-256, rather than look at its size only"`
}

// DefaultCheckConfig looks at sizes in the default data folder.
func DefaultCheckConfig() CheckConfig { return CheckConfig{Config: DefaultConfig()} }

// Check compares the catalog of a service with its store; see [fsck.Examine]. A
// data folder is locked meanwhile, so that no service may be using it; what is
// shared by replicas is checked beside them. The schema of an older catalog is
// brought up to date; nothing else is changed. The error is that of looking.
func Check(ctx context.Context, cfg CheckConfig) (report *fsck.Report, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := cfg.checkIsThere(); err != nil {
		return nil, err
	}
	keys, err := openKeys(ctx, cfg.Encryption)
	if err != nil {
		return nil, err
	}
	data, err := (&data{shared: cfg.shared(), readOnly: true}).opened(ctx, cfg.Config, keys)
	if errors.Is(err, seal.ErrWrongKey) && keys == nil {
		return nil, fmt.Errorf("%w, by the flag --key of sluice or --encryption-key of sluice-fileupload", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.close()) }()
	place := fsck.Place{Name: data.label.String(), Catalog: data.catalog, Store: data.store, Grace: data.grace()}
	if cfg.Blobs.Store == onDisk {
		place.PartSize = partSizeIn(cfg.DataDir)
	}
	return fsck.Examine(ctx, place, cfg.Deep)
}

// checkIsThere refuses a folder that is no data folder: opening it would make it
// one.
func (c CheckConfig) checkIsThere() error {
	var needed []string
	if c.Blobs.Store == onDisk {
		needed = append(needed, "blobs")
	}
	if c.Catalog.Kind == inSQLite {
		needed = append(needed, "catalog.db")
	}
	for _, name := range needed {
		if _, err := os.Stat(filepath.Join(c.DataDir, name)); err != nil {
			return fmt.Errorf("%s is no data folder of this configuration, which would have %s in it: name the data_dir of the service, "+
				"and its configuration file where blobs.store or catalog.kind are not the defaults: %w", c.DataDir, strings.Join(needed, " and "), err)
		}
	}
	return nil
}

// Checker returns a program that checks and writes the report to out, as JSON on
// one line. What it runs returns [ErrUnsound] when there are problems.
func Checker(out io.Writer) func(ctx context.Context, cfg CheckConfig) error {
	return func(ctx context.Context, cfg CheckConfig) error {
		report, err := Check(ctx, cfg)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(report); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if !report.Sound {
			return ErrUnsound
		}
		return nil
	}
}
