package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/selection"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// errNotAllStored says that some file of an upload was refused, failed or was
// not sent.
var errNotAllStored = errors.New("not all files were stored")

// uploadFlags are the flags of `sluice upload`.
type uploadFlags struct {
	name, contentType, uploadID, limitRate string
	metadata                               []string
	concurrency, retries                   int
	all, fresh, ifAbsent, dedupe           bool
	// expires is what was given, and expireTime what it stands for.
	expires    string
	expireTime time.Time
}

func (a *app) uploadCommand() *cobra.Command {
	var f uploadFlags
	cmd := &cobra.Command{
		Use: "upload PATH...", Short: "Upload files and folders, and resume what was cut",
		Long: `Upload files and folders, and resume what was cut.

A folder stands for all files below it; each is stored under the last element
of its path. The path - is standard input, which needs --name and is sent once:
what was read can't be read again.

The same command run again goes on where the last run was cut, also by a kill
or a power cut on either side: a file's upload id derives from its path, size,
time of change and the header that it is stored under. A file that is stored
already is not sent again, as long as the server keeps its receipt (24 hours).

With --dedupe the content is hashed before it is sent, and not sent when the
server has it already, in any file that you may read: copies and renamed files
cost a read. --if-absent makes no second file of the same name and content.

--expires takes a time, or how long the file is kept. That is rounded down, by at
most a twentieth: the same command run again within that much goes on too.`,
		Args: args(cobra.MinimumNArgs(1), "at least one PATH, or - for standard input"),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := f.check(cmd, paths); err != nil {
				return err
			}
			var err error
			if f.expireTime, err = f.expiry(a.env.Now()); err != nil {
				return usageError{err}
			}
			return a.upload(cmd.Context(), f, paths)
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.concurrency, "concurrency", "c", 4, "upload this many files at once")
	flags.StringVar(&f.name, "name", "", "store a single file under this `name`")
	flags.StringArrayVar(&f.metadata, "metadata", nil, "keep this `key=value` with each file; may be repeated")
	flags.StringVar(&f.contentType, "content-type", "", "declare this media `type`; the server looks at the content itself")
	flags.IntVar(&f.retries, "retries", 7, "try again this often without progress")
	flags.StringVar(&f.limitRate, "limit-rate", "", "send at most this much a second in all, such as `10MiB`")
	flags.StringVar(&f.uploadID, "upload-id", "", "upload a single file under this `id`, or resume it")
	flags.BoolVar(&f.fresh, "new", false, "begin a new upload even if the same file was begun or stored before")
	flags.BoolVar(&f.dedupe, "dedupe", false, "hash each file first, and send only what the server has not")
	flags.BoolVar(&f.ifAbsent, "if-absent", false, "make no second file of the same name and content")
	flags.StringVar(&f.expires, "expires", "", "have the server remove the file after this `time`, such as 30d, or then, such as 2027-01-31")
	flags.BoolVar(&f.all, "all", false, "upload hidden files of folders too")
	return cmd
}

// upload selects the files, sends them and tells what became of them.
func (a *app) upload(ctx context.Context, f uploadFlags, paths []string) error {
	jobs, err := a.uploadJobs(f, paths)
	if err != nil {
		return usageError{err}
	}
	options, err := f.options()
	if err != nil {
		return usageError{err}
	}
	clientOptions, err := f.clientOptions()
	if err != nil {
		return usageError{err}
	}
	return a.withClient(ctx, func(ctx context.Context, c *client.StreamingClient) error {
		if err := ping(ctx, c); err != nil {
			return err
		}
		runner := transfer.Runner{
			Uploader: f.named(c, a.uploader(c, paths)), Reporter: a.reporter(jobs, transfer.OutcomeLine),
			Concurrency: f.concurrency, Options: options, Now: a.env.Now,
		}
		return a.conclude(ctx, runner.Run(ctx, jobs), f.resumeAdvice(paths))
	}, clientOptions...)
}

// uploadJobs returns the files that the paths stand for.
func (a *app) uploadJobs(f uploadFlags, paths []string) ([]transfer.Job, error) {
	if isStdin(paths) {
		return []transfer.Job{f.stdinJob()}, nil
	}
	selected, err := selection.Expand(paths, f.all)
	if err != nil {
		return nil, err
	}
	for _, skipped := range selected.Skipped {
		a.notef("skipped %s: it is %s", human.Text(skipped.Path), skipped.Why)
	}
	if len(selected.Files) == 0 {
		return nil, errors.New("there are no files to upload; hidden ones need --all")
	}
	return f.jobs(selected.Files)
}

// conclude prints the summary and turns it into the command's error.
func (a *app) conclude(ctx context.Context, summary transfer.Summary, resume string) error {
	if err := a.sayf("%s", summary.Text()); err != nil {
		return err
	}
	if summary.Err() == nil {
		return nil
	}
	switch {
	case a.timedOut(summary.Err()):
		a.notef("sluice: %s%s", a.explain(context.DeadlineExceeded), resume)
	case ctx.Err() != nil:
		a.notef("sluice: interrupted%s", resume)
	case summary.Unreachable() != nil:
		// --json has told it of each file.
		a.notef("sluice: %s", a.explain(summary.Unreachable()))
		return reportedError{summary.Unreachable()}
	}
	return reportedError{errNotAllStored}
}

// reporter tells of transfers as the flags and the terminal want.
func (a *app) reporter(jobs []transfer.Job, line func(transfer.Outcome) string) transfer.Reporter {
	display := transfer.Display{Out: a.env.Stdout, Log: a.env.Stderr, Jobs: jobs, Now: a.env.Now, Line: line}
	switch {
	case a.globals.json:
		return transfer.NewJSON(a.env.Stdout)
	case a.globals.quiet:
		return transfer.NewQuiet(a.env.Stderr)
	case !a.env.DrawStderr:
		return transfer.NewPlain(display)
	case a.env.DrawStdout:
		display.Out = nil
	}
	return transfer.NewBars(display)
}
