package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
)

func (a *app) encryptionRewrapCommand() *cobra.Command {
	var dir, key string
	cmd := &cobra.Command{
		Use: "rewrap", Short: "Wrap the keys of all files with the newest key of the FILE",
		Long: `Wrap the keys of all files in the data folder of the upload service with the
newest key of the FILE, so that the others can be dropped. The service must be
stopped.

The headers of the files are written, 8 KiB each, and not their contents. It can
be stopped at any moment and run again. When it fails for a file it goes on with
the others, and the exit code is 1: keep the old keys then.

The folders of the collector and the log service need no rewrapping: their
journals take a new key by themselves, and the old one has served when what it
sealed is trimmed. A key in a KMS is rotated there.`,
		Args: args(cobra.NoArgs, "no arguments; give --data-dir and --key"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(map[string]string{"--data-dir": dir, "--key": key}); err != nil {
				return err
			}
			return a.rewrap(cmd.Context(), dir, key)
		},
	}
	cmd.Flags().StringVar(&dir, "data-dir", "", "data `folder` of the upload service (required)")
	cmd.Flags().StringVar(&key, "key", "", "`file` of the key (required)")
	return cmd
}

func (a *app) rewrap(ctx context.Context, dir, key string) (err error) {
	cfg := seal.Config{Key: key}
	if err := cfg.Validate(); err != nil {
		return err
	}
	keys, err := seal.Open(ctx, cfg, nil)
	if err != nil {
		return err
	}
	if err := checkFilesFolder(dir); err != nil {
		return err
	}
	lock, err := datafolder.Acquire(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	r := rewrapper{keys: keys}
	if err := r.folder(ctx, dir); err != nil {
		return err
	}
	if err := a.printItem(r.report, r.report.properties()); err != nil {
		return err
	}
	return r.finish(ctx, dir)
}

// checkFilesFolder refuses a folder whose old key must not be dropped after a
// rewrap, since more is encrypted in it than files.
func checkFilesFolder(dir string) error {
	for _, name := range []string{"blobs", "parts"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.IsDir() {
			return fmt.Errorf("%s is no data folder of the upload service: it has no folder %s", dir, name)
		}
	}
	return nil
}

// rewrapReport tells what became of the sealed files in a folder.
type rewrapReport struct {
	Rewrapped int `json:"rewrapped"`
	// Current had the newest key already.
	Current int `json:"current"`
	// Empty parts have no key yet.
	Empty  int      `json:"empty"`
	Failed []string `json:"failed,omitempty"`
}

func (r rewrapReport) properties() []property {
	return []property{
		{"Rewrapped", strconv.Itoa(r.Rewrapped)},
		{"Current", strconv.Itoa(r.Current)},
		{"Empty", strconv.Itoa(r.Empty)},
		{"Failed", strings.Join(r.Failed, "\n")},
	}
}

// rewrapper rewraps the sealed files of a folder.
type rewrapper struct {
	keys   *seal.Keys
	report rewrapReport
}

// folder rewraps every sealed file below dir, set aside or unfinished ones
// too.
func (r *rewrapper) folder(ctx context.Context, dir string) error {
	for _, part := range []string{"parts", "blobs", "lost"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(path string, entry fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			name := strings.TrimSuffix(entry.Name(), ".part")
			if entry.Type().IsRegular() && strings.HasSuffix(name, "-sealed") {
				r.add(path, r.file(ctx, path))
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for sealed files: %w", err)
		}
	}
	return nil
}

// file rewraps a file and counts what became of it.
func (r *rewrapper) file(ctx context.Context, path string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < sealfile.HeaderSize && strings.HasSuffix(path, ".part") {
		r.report.Empty++ // Nothing of it is durable yet.
		return nil
	}
	changed, err := sealfile.Rewrap(ctx, r.keys, file)
	switch {
	case err != nil:
		return err
	case changed:
		r.report.Rewrapped++
	default:
		r.report.Current++
	}
	return nil
}

func (r *rewrapper) add(path string, err error) {
	if err != nil {
		r.report.Failed = append(r.report.Failed, fmt.Sprintf("%s: %s", path, err))
	}
}

// finish rewraps the check value, last of all.
func (r *rewrapper) finish(ctx context.Context, dir string) error {
	if len(r.report.Failed) > 0 {
		return fmt.Errorf("%d files could not be rewrapped; keep the old keys, and run it again when that is mended", len(r.report.Failed))
	}
	return seal.RewrapCheck(ctx, r.keys, dir)
}
