package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/dustin/go-humanize"
)

// kill kills a server in the middle of a sending, once enough is durable, and
// starts it again on the same folder and port. It belongs to the goroutine that
// tells it of the progress.
type kill struct {
	server *server
	// after is how much must be durable.
	after int64
	// cancel ends the sending: without a server it would wait in vain.
	cancel context.CancelFunc

	// sent and durable are where the sending stood then.
	sent, durable int64
	// restarted is nil until then.
	restarted chan error
}

// killAfter returns a context for the sending, which end ends.
func killAfter(ctx context.Context, s *server, durable int64) (context.Context, *kill) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, &kill{server: s, after: durable, cancel: cancel}
}

// moved is told where the sending stands.
func (k *kill) moved(ctx context.Context, sent, durable int64) {
	if k.restarted != nil || durable < k.after {
		return
	}
	k.sent, k.durable, k.restarted = sent, durable, make(chan error, 1)
	go func() {
		err := k.server.restart(ctx)
		if err != nil {
			k.cancel()
		}
		k.restarted <- err
	}()
}

// end waits for the restart and adds its error to that of the sending.
func (k *kill) end(err error) error {
	defer k.cancel()
	if k.restarted == nil {
		return errors.Join(err, fmt.Errorf("the sending ended before the %s could be killed", k.server.name))
	}
	return errors.Join(err, <-k.restarted)
}

// showKill tells of a kill. amount writes how much of what.
func (d *demo) showKill(k *kill, amount func(int64) string) {
	d.stage.detailf("killed", "with %s sent, %s durable", amount(k.sent), amount(k.durable))
	d.stage.detailf("restarted", "process %d at %s, same folder", k.server.process.Pid(), k.server.process.Addr())
}

// amountOf writes a number of items with their name, a plural.
func amountOf(items string) func(int64) string {
	return func(n int64) string { return humanize.Comma(n) + " " + items }
}
