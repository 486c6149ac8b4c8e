package fileupload

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/scan/clamd"
)

// ScanConfig says how contents are scanned before they become files.
type ScanConfig struct {
	Clamd            string           `koanf:"clamd" help:"address of clamd, host:port or the absolute path of its socket; empty: nothing is scanned"`
	Unscannable      core.Unscannable `koanf:"unscannable" help:"what becomes of content that could not be scanned: reject, quarantine or accept"`
	Timeout          time.Duration    `koanf:"timeout" help:"how long a scan may take, with the wait for its turn"`
	MaxSize          config.Bytes     `koanf:"max_size" help:"largest content that is scanned; what is larger could not be; 0 for what clamd takes, its StreamMaxLength"`
	QuarantineExpiry time.Duration    `koanf:"quarantine_expiry" help:"how long a file in quarantine is kept"`
}

// scanCheckTimeout bounds how long the start waits for clamd.
const scanCheckTimeout = 3 * time.Second

// DefaultScanConfig scans nothing.
func DefaultScanConfig() ScanConfig {
	return ScanConfig{Unscannable: core.RejectUnscannable, Timeout: 5 * time.Minute, QuarantineExpiry: 30 * 24 * time.Hour}
}

// Validate returns every setting that can't be used.
func (c ScanConfig) Validate() error {
	return errors.Join(
		c.checkAddress(), c.checkUnscannable(),
		check(c.Timeout > 0, "scan.timeout must be above 0, for example 5m"),
		check(c.MaxSize >= 0, "scan.max_size must be 0 or above, for example 25MiB"),
		check(c.QuarantineExpiry > 0, "scan.quarantine_expiry must be above 0, for example 720h"),
	)
}

func (c ScanConfig) checkAddress() error {
	if c.Clamd == "" || filepath.IsAbs(c.Clamd) {
		return nil
	}
	if _, port, err := net.SplitHostPort(c.Clamd); err != nil || port == "" {
		return fmt.Errorf("scan.clamd is %q: write host:port, for example 127.0.0.1:3310, or the absolute path of a socket", c.Clamd)
	}
	return nil
}

func (c ScanConfig) checkUnscannable() error {
	switch c.Unscannable {
	case core.RejectUnscannable, core.QuarantineUnscannable, core.AcceptUnscannable:
		return nil
	default:
		return fmt.Errorf("scan.unscannable is %q: write reject, quarantine or accept", c.Unscannable)
	}
}

// scans is how the service scans. A clamd that is not there is told to the log:
// it may come later.
func (c ScanConfig) scans(ctx context.Context, metrics prometheus.Registerer, log *zap.Logger) core.Scans {
	scans := core.Scans{
		Unscannable: c.Unscannable, Timeout: c.Timeout, MaxBytes: int64(c.MaxSize), QuarantineExpiry: c.QuarantineExpiry,
	}
	if c.Clamd == "" {
		return scans
	}
	log = log.Named("scan")
	scanner := clamd.New(clamd.Config{Address: c.Clamd, Timeout: c.Timeout})
	ctx, cancel := context.WithTimeout(ctx, scanCheckTimeout)
	defer cancel()
	if err := scanner.Check(ctx); err != nil {
		log.Warn("clamd does not answer; what comes in meanwhile could not be scanned",
			zap.Error(err), zap.String("unscannable", string(c.Unscannable)))
	}
	scans.Scanner = observeScans(scanner, metrics, log)
	return scans
}
