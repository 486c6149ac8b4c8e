package demo

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

const (
	bigName = "big.bin"
	bigSize = 200 << 20
	// bigRate lets the upload last long enough to be seen and killed.
	bigRate = 50 << 20
	// killAt is how much must be durable when the service is killed.
	killAt = 80 << 20
)

// killAndResume kills the service in the middle of an upload, restarts it on
// the same folder and port, and lets the SDK go on by itself.
func (d *demo) killAndResume(ctx context.Context) (string, error) {
	var err error
	if d.checksum, err = load.WriteFile(d.path(bigName), io.LimitReader(load.Random(2), bigSize)); err != nil {
		return "", err
	}
	slow, err := client.NewStreamingClient(d.files.process.Addr(), client.WithRateLimit(bigRate))
	if err != nil {
		return "", err
	}
	k, err := d.uploadThroughKill(ctx, slow)
	if err := errors.Join(err, slow.Close()); err != nil {
		return "", err
	}
	if err := d.expectResumed(k); err != nil {
		return "", err
	}
	d.showKill(k, human.Size)
	d.stage.detailf("resumed", "by the SDK, attempt %d, at byte %s", d.resumed.Attempts, humanize.Comma(d.resumed.Resumed))
	d.stage.detailf("not resent", "%s of %s", human.Size(d.resumed.Resumed), human.Size(bigSize))
	return fmt.Sprintf("200 MiB stored, resumed at %s", human.Size(d.resumed.Resumed)), nil
}

// uploadThroughKill uploads, and has the service killed and restarted once
// enough is durable.
func (d *demo) uploadThroughKill(ctx context.Context, slow *client.StreamingClient) (k *kill, err error) {
	ctx, k = killAfter(ctx, &d.files, killAt)
	watch := func(p client.Progress) { k.moved(ctx, p.Sent, p.Durable) }
	d.resumed, err = d.withProgress(bigName, bigSize, watch, func(progress client.ProgressOption) (*client.Receipt, error) {
		return slow.UploadWithRetry(ctx, d.path(bigName), progress)
	})
	return k, k.end(err)
}

// expectResumed checks that the SDK went on where the service could prove to
// be, and that what was durable was not lost.
func (d *demo) expectResumed(k *kill) error {
	r := d.resumed
	if err := expect(r, bigName, bigSize, d.checksum); err != nil {
		return err
	}
	if r.Attempts < 2 || r.Resumed < k.durable || r.Resumed >= bigSize {
		return fmt.Errorf("the upload took %d attempts and went on at byte %d; %d bytes were durable at the kill",
			r.Attempts, r.Resumed, k.durable)
	}
	return nil
}
