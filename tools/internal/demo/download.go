package demo

import (
	"context"
	"fmt"
	"os"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/load"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// download fetches the file that was cut and compares it with what was sent,
// by reading both files again.
func (d *demo) download(ctx context.Context) (string, error) {
	path := d.path("back.bin")
	reporter := d.reporter("back.bin", bigSize)
	reporter.Started(0)
	_, err := d.files.client.DownloadFile(ctx, d.resumed.FileID, path,
		client.WithProgress(func(p client.Progress) { reporter.Moved(0, p) }))
	reporter.Finished(0, transfer.Outcome{})
	reporter.Close()
	if err != nil {
		return "", err
	}
	sent, err := load.Checksum(d.path(bigName))
	if err != nil {
		return "", err
	}
	back, err := load.Checksum(path)
	if err != nil {
		return "", err
	}
	d.stage.detailf("sent", "SHA-256 %s", head(sent))
	d.stage.detailf("came back", "SHA-256 %s", head(back))
	if back != sent {
		return "", fmt.Errorf("the file came back with the SHA-256 %s and was sent with %s", back, sent)
	}
	return human.Size(bigSize) + " came back equal", os.Remove(path)
}

// showReceipt shows what the server said once the cut upload was durable.
func (d *demo) showReceipt(context.Context) (string, error) {
	r := d.resumed
	d.stage.detailf("file id", "%s", r.FileID)
	d.stage.detailf("name", "%s", r.FileName)
	d.stage.detailf("size", "%d bytes", r.Size)
	d.stage.detailf("sha-256", "%s", head(r.Checksum))
	d.stage.detailf("type", "%s", r.ContentType)
	d.stage.detailf("upload id", "%s", r.UploadID)
	d.stage.detailf("streams", "%d: one before the kill, one after", r.Streams)
	d.stage.detailf("duplicates", "%s sent although the server had it", human.Size(r.DuplicateBytes))
	d.stage.detailf("stored at", "%s", r.CreateTime.Format("2006-01-02 15:04:05.000 MST"))
	if r.Streams < 2 {
		return "", fmt.Errorf("the receipt tells of %d streams; the upload took 2", r.Streams)
	}
	return fmt.Sprintf("durable, verified, in %d streams", r.Streams), nil
}
