package audit

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/config"
)

// Config of the audit log.
type Config struct {
	// File is the path of the log. Empty, the default, is no audit log. Its folder
	// has to be there. No two services share a file.
	File string `help:"file of the audit log, of this service alone; empty is none" koanf:"file"`
	// MaxSize is the size from which on a file is put aside for a new one: at least
	// 64KiB. A file exceeds it by what comes in a second.
	MaxSize config.Bytes `help:"size from which on the file is put aside for a new one" koanf:"max_size"`
	// Keep is how many files are kept beside the newest; above 0.
	Keep int `help:"how many files that were put aside are kept" koanf:"keep"`
	// Required refuses calls while the log can't be written.
	Required bool `help:"refuse calls while the audit log can't be written" koanf:"required"`
	// Reads records calls that change nothing, too.
	Reads bool `help:"record calls that only read, too" koanf:"reads"`
}

// DefaultConfig is no audit log; one that is named keeps 10 files of 100 MiB.
func DefaultConfig() Config { return Config{MaxSize: 100 * config.MiB, Keep: 10} }

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	var errs []error
	if c.MaxSize < chainMinimum {
		errs = append(errs, errors.New("audit.max_size must be at least 64KiB"))
	}
	if c.Keep < 1 {
		errs = append(errs, errors.New("audit.keep must be above 0"))
	}
	if c.File == "" && c.Required {
		errs = append(errs, errors.New("audit.required needs audit.file: name the file"))
	}
	return errors.Join(errs...)
}

// chainMinimum is the least that MaxSize may be: one line always fits.
const chainMinimum = 64 * config.KiB
