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
	bigSize = 200_000_000
	// bigRate lets the upload last long enough to be seen and killed.
	bigRate = 50_000_000
	// killAt is how much must be durable when the service is killed.
	killAt = 80_000_000
)

// cut is where an upload stood when the service was killed.
type cut struct{ sent, durable int64 }

// killAndResume kills the service in the middle of an upload, restarts it on
// the same folder and port, and lets the SDK go on by itself.
func (d *demo) killAndResume(ctx context.Context) (string, error) {
	var err error
	if d.checksum, err = load.WriteFile(d.path(bigName), io.LimitReader(load.Random(2), bigSize)); err != nil {
		return "", err
	}
	slow, err := client.NewStreamingClient(d.process.Addr(), client.WithRateLimit(bigRate))
	if err != nil {
		return "", err
	}
	at, err := d.uploadThroughKill(ctx, slow)
	if err := errors.Join(err, slow.Close()); err != nil {
		return "", err
	}
	if err := d.expectResumed(at); err != nil {
		return "", err
	}
	d.stage.detailf("killed", "with %s sent, %s of it durable", human.Size(at.sent), human.Size(at.durable))
	d.stage.detailf("restarted", "process %d at %s, same folder", d.process.Pid(), d.process.Addr())
	d.stage.detailf("resumed", "by the SDK, attempt %d, at byte %s", d.resumed.Attempts, humanize.Comma(d.resumed.Resumed))
	d.stage.detailf("not resent", "%s of %s", human.Size(d.resumed.Resumed), human.Size(bigSize))
	return fmt.Sprintf("200 MB stored, resumed at %s after the kill", human.Size(d.resumed.Resumed)), nil
}

// uploadThroughKill uploads, and has the service killed and restarted once
// enough is durable. It returns where the upload stood then.
func (d *demo) uploadThroughKill(ctx context.Context, slow *client.StreamingClient) (at cut, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var restarted chan error
	kill := func(p client.Progress) {
		if restarted != nil || p.Durable < killAt {
			return
		}
		at, restarted = cut{sent: p.Sent, durable: p.Durable}, make(chan error, 1)
		go func() {
			err := d.restart(ctx)
			if err != nil {
				cancel() // without a server the upload would wait in vain
			}
			restarted <- err
		}()
	}
	d.resumed, err = d.withProgress(bigName, bigSize, kill, func(progress client.ProgressOption) (*client.Receipt, error) {
		return slow.UploadWithRetry(ctx, d.path(bigName), progress)
	})
	if restarted == nil {
		return at, errors.Join(err, errors.New("the upload ended before the service could be killed"))
	}
	return at, errors.Join(err, <-restarted)
}

// restart kills the service and starts it on the same folder and port.
func (d *demo) restart(ctx context.Context) error {
	addr := d.process.Addr()
	d.process.Kill()
	return d.startAt(ctx, addr)
}

// expectResumed checks that the SDK went on where the service could prove to
// be, and that what was durable was not lost.
func (d *demo) expectResumed(at cut) error {
	r := d.resumed
	if err := expect(r, bigName, bigSize, d.checksum); err != nil {
		return err
	}
	if r.Attempts < 2 || r.Resumed < at.durable || r.Resumed >= bigSize {
		return fmt.Errorf("the upload took %d attempts and went on at byte %d; %d bytes were durable at the kill",
			r.Attempts, r.Resumed, at.durable)
	}
	return nil
}
