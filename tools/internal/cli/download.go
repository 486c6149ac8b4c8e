package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// stdout is the path that stands for standard output.
const stdout = "-"

// downloadFlags are the flags of `sluice download`.
type downloadFlags struct {
	output string
	force  bool
}

func (a *app) downloadCommand() *cobra.Command {
	var f downloadFlags
	cmd := &cobra.Command{
		Use: "download FILE_ID", Short: "Download a file and verify it",
		Long: `Download a file and verify it.

The file appears under its name once every byte is there, fits its SHA-256 and
is on the disk. On standard output (-o -) the bytes come as they come; the exit
code tells at the end whether they fit.`,
		Args: args(cobra.ExactArgs(1), "one FILE_ID; `sluice files list` shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.output == stdout && a.globals.json {
				return usageErrorf("--json and -o - would both write to standard output; give one of them")
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.download(ctx, c, args[0], f)
			})
		},
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to this `path` or folder, - for standard output; default is the file's name")
	cmd.Flags().BoolVarP(&f.force, "force", "f", false, "replace a file that is there already")
	return cmd
}

func (a *app) download(ctx context.Context, c *client.StreamingClient, id string, f downloadFlags) error {
	got, err := c.Files().GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: id})
	if err != nil {
		return err
	}
	path, err := f.target(got.GetFile().GetFileName())
	if err != nil {
		return err
	}
	begun := a.env.Now()
	file, err := a.fetch(ctx, c, path, got.GetFile())
	if err != nil {
		return err
	}
	return a.printDownload(path, file, a.env.Now().Sub(begun))
}

// fetch downloads to the path and shows the progress.
func (a *app) fetch(ctx context.Context, c *client.StreamingClient, path string, file *fileuploadv1.File) (*client.File, error) {
	jobs := []transfer.Job{{Path: path, Name: file.GetFileName(), Size: file.GetSize()}}
	reporter := transfer.Reporter(transfer.NewQuiet(a.env.Stderr))
	if !a.globals.json && !a.globals.quiet {
		reporter = a.reporter(jobs, func(transfer.Outcome) string { return "" })
	}
	defer reporter.Close()
	reporter.Started(0)
	// An error is told by the command; here the reporter only has to end.
	defer reporter.Finished(0, transfer.Outcome{Job: jobs[0]})
	progress := client.WithProgress(func(p client.Progress) { reporter.Moved(0, p) })
	if path == stdout {
		return c.Download(ctx, file.GetFileId(), a.env.Stdout, progress)
	}
	return c.DownloadFile(ctx, file.GetFileId(), path, progress)
}

// target returns the path to write a file of this name to.
func (f downloadFlags) target(name string) (string, error) {
	if f.output == stdout {
		return stdout, nil
	}
	path := f.output
	info, err := os.Stat(path)
	if folder := err == nil && info.IsDir(); path == "" || folder {
		if !isLocalName(name) {
			return "", fmt.Errorf("the name %s is not safe to write; give a path with -o", human.Text(name))
		}
		path = filepath.Join(path, name)
	}
	if _, err := os.Lstat(path); err == nil && !f.force {
		return "", fmt.Errorf("%s is there already; give --force to replace it, or another path with -o", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	return path, nil
}

// isLocalName tells whether a name from the server names a visible file in a
// folder. Servers refuse others; this does not rely on it.
func isLocalName(name string) bool {
	return filepath.IsLocal(name) && filepath.Base(name) == name && !strings.HasPrefix(name, ".") && human.Text(name) == name
}

// downloadView is a download as JSON.
type downloadView struct {
	FileID   string  `json:"file_id"`
	FileName string  `json:"file_name"`
	Path     string  `json:"path"`
	Size     int64   `json:"size"`
	Checksum string  `json:"checksum"`
	Seconds  float64 `json:"seconds"`
}

func (a *app) printDownload(path string, file *client.File, took time.Duration) error {
	switch {
	case a.globals.json:
		return printJSON(a.env.Stdout, downloadView{
			FileID: file.ID, FileName: file.Name, Path: path, Size: file.Size, Checksum: file.Checksum, Seconds: took.Seconds(),
		})
	case path == stdout && !a.globals.quiet:
		a.notef("%s in %s, SHA-256 verified", human.Size(file.Size), human.Duration(took))
		return nil
	}
	return a.sayf("downloaded %s  %s in %s (%s), SHA-256 verified", human.Text(path), human.Size(file.Size),
		human.Duration(took), human.Rate(float64(file.Size)/max(took.Seconds(), 1e-3)))
}
