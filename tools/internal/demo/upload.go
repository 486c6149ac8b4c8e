package demo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/load"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

const (
	oneSize = 10 << 20
	// oneRate lets the upload last long enough to be seen.
	oneRate = 10 << 20
	atOnce  = 4
)

// uploadOne uploads a file with progress and compares the receipt.
func (d *demo) uploadOne(ctx context.Context) (result string, err error) {
	slow, err := client.NewStreamingClient(d.files.process.Addr(), client.WithRateLimit(oneRate))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, slow.Close()) }()
	path := d.path("one.bin")
	checksum, err := load.WriteFile(path, io.LimitReader(load.Random(1), oneSize))
	if err != nil {
		return "", err
	}
	receipt, err := d.withProgress("one.bin", oneSize, nil, func(progress client.ProgressOption) (*client.Receipt, error) {
		return slow.UploadFile(ctx, path, progress)
	})
	if err != nil {
		return "", err
	}
	if err := expect(receipt, "one.bin", oneSize, checksum); err != nil {
		return "", err
	}
	d.stage.detailf("one.bin", "%s, %s, file %s", human.Size(receipt.Size), human.Rate(receipt.Rate), tail(receipt.FileID))
	return "10 MiB stored, checksum as sent", nil
}

// uploadSeveral uploads files of different types at once.
func (d *demo) uploadSeveral(ctx context.Context) (string, error) {
	files, err := makeFiles(d.dir)
	if err != nil {
		return "", err
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, d.path(f.name))
	}
	results, err := d.files.client.UploadFilesConcurrently(ctx, paths, atOnce)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for i, result := range results {
		r := result.Receipt
		if err := expect(r, files[i].name, files[i].size, files[i].checksum); err != nil {
			return "", err
		}
		rows = append(rows, []string{r.FileName, human.Size(r.Size), r.ContentType, tail(r.FileID)})
	}
	d.stage.rows(rows)
	return fmt.Sprintf("%d files stored, checksums as sent", len(results)), nil
}

// withProgress runs an upload, shows each step of its progress to watch, and
// draws a bar where one can be drawn. watch may be nil.
func (d *demo) withProgress(
	name string, size int64, watch func(client.Progress), upload func(client.ProgressOption) (*client.Receipt, error),
) (*client.Receipt, error) {
	reporter := d.reporter(name, size)
	reporter.Started(0)
	receipt, err := upload(client.WithProgress(func(p client.Progress) {
		reporter.Moved(0, p)
		if watch != nil {
			watch(p)
		}
	}))
	reporter.Finished(0, transfer.Outcome{})
	reporter.Close()
	return receipt, err
}

// reporter shows one transfer, indented like the details of a step. The steps
// tell of the outcome themselves.
func (d *demo) reporter(name string, size int64) transfer.Reporter {
	if !d.Draw {
		return &milestones{stage: d.stage, name: name, size: size}
	}
	return transfer.NewBars(transfer.Display{
		Log: d.Out, Jobs: []transfer.Job{{Path: "   " + name, Size: size}}, Now: d.Now,
		Line: func(transfer.Outcome) string { return "" },
	})
}

// expect compares a receipt with what was sent.
func expect(r *client.Receipt, name string, size int64, checksum string) error {
	if r.FileName != name || r.Size != size || r.Checksum != checksum {
		return fmt.Errorf("the receipt of %s has name %q, %d bytes and SHA-256 %s, not %d bytes and %s",
			name, r.FileName, r.Size, r.Checksum, size, checksum)
	}
	return nil
}
