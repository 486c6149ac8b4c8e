package auth

import (
	"fmt"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/trustfile"
)

// file is read again whenever it changes. It is not safe for concurrent use.
type file struct {
	setting string
	watch   *trustfile.Watch
	// load takes the file over and says what that changed; on an error everything
	// stays as it was.
	load func() (changes string, err error)
	opts Options
}

// openFile loads the file for the first time.
func openFile(setting, path string, opts Options, load func() (string, error)) (*file, error) {
	watch, err := trustfile.NewWatch(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	if _, err := load(); err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return &file{setting: setting, watch: watch, load: load, opts: opts}, nil
}

// poll loads the file if it is not the one that was seen last.
func (f *file) poll() {
	log := f.opts.Logger.With(zap.String("setting", f.setting))
	changed, err := f.watch.Changed()
	if err != nil {
		log.Error("credentials file cannot be read; what it had stays in force", zap.Error(err))
		return
	}
	if !changed {
		return
	}
	changes, err := f.load()
	if err != nil {
		log.Error("new credentials file is not valid; what it had stays in force", zap.Error(err))
		return
	}
	log.Info("credentials file reloaded", zap.String("changes", changes))
	f.opts.changed(f.setting, changes)
}
