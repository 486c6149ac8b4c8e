package transfer

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

const (
	barRefresh = 120 * time.Millisecond
	// barWidth and nameWidth are in columns; both fit into 80 with the rest.
	barWidth  = 24
	nameWidth = 22
)

// Bars reports with a bar for each job that runs, one for all, and the outcomes
// as lines above them.
type Bars struct {
	Display
	progress *mpb.Progress
	tally    *tally
	running  []runningBar
	// total is nil for a single job.
	total *mpb.Bar
}

// runningBar is the bar of a job, which is called for in order; only last is
// shared with what draws.
type runningBar struct {
	// bar is nil until the job has moved.
	bar  *mpb.Bar
	last atomic.Pointer[client.Progress]
}

// NewBars returns a reporter that draws on Log, a terminal. Without Out the
// outcomes go above the bars.
func NewBars(d Display) *Bars {
	b := &Bars{
		Display:  d,
		progress: mpb.New(mpb.WithOutput(d.Log), mpb.WithWidth(barWidth), mpb.WithRefreshRate(barRefresh)),
		tally:    newTally(d.Jobs, d.Now),
		running:  make([]runningBar, len(d.Jobs)),
	}
	if b.Out == nil {
		b.Out = b.progress
	}
	if len(d.Jobs) > 1 {
		b.total = b.newBar("total", b.tally.total, func() string { return b.tally.text() }, mpb.BarPriority(math.MaxInt))
	}
	return b
}

// newBar adds a bar: `=` for what was sent, `#` for what is durable of it.
func (b *Bars) newBar(name string, size int64, status func() string, options ...mpb.BarOption) *mpb.Bar {
	style := mpb.BarStyle().Refiller("#").Padding(" ")
	return b.progress.New(size, style, append(options,
		mpb.PrependDecorators(
			decor.Name(runewidth.Truncate(human.Text(name), nameWidth, "…"), decor.WC{W: nameWidth + 1, C: decor.DindentRight}),
		),
		mpb.AppendDecorators(
			decor.Any(percentage, decor.WC{W: 5}),
			decor.Any(func(decor.Statistics) string { return "  " + status() }),
		),
	)...)
}

// percentage is what is done of the whole, rounded down: it is 100 only with the
// receipt.
func percentage(s decor.Statistics) string {
	if s.Total <= 0 {
		return ""
	}
	return fmt.Sprintf("%d %%", int(float64(s.Current)/float64(s.Total)*100))
}

// Started does nothing: a small file is over before a bar of it could be seen.
func (*Bars) Started(int) {}

// Moved moves the bars, and draws the job's when it moves for the first time.
func (b *Bars) Moved(job int, p client.Progress) {
	b.tally.move(job, p)
	b.moveTotal()
	if p.State == client.TransferDone || p.State == client.TransferFailed {
		return
	}
	running := &b.running[job]
	running.last.Store(&p)
	size := b.Jobs[job].Size
	if running.bar == nil {
		running.bar = b.newBar(b.Jobs[job].Path, size, func() string { return statusText(*running.last.Load()) })
	}
	if size > 0 {
		// The last byte is left out: a full bar would end before the receipt is
		// there.
		running.bar.SetCurrent(min(p.Sent, size-1))
		running.bar.SetRefill(min(p.Durable, size-1))
	}
}

// Finished replaces the job's bar with its outcome.
func (b *Bars) Finished(job int, o Outcome) {
	b.tally.finish(job, b.Jobs[job].Size)
	b.moveTotal()
	if bar := b.running[job].bar; bar != nil {
		bar.Abort(true)
	}
	if line := b.Line(o); line != "" {
		fmt.Fprintln(b.Out, line)
	}
}

// Close removes the bars.
func (b *Bars) Close() {
	if b.total != nil {
		b.total.Abort(true)
	}
	b.progress.Wait()
}

func (b *Bars) moveTotal() {
	if b.total != nil {
		b.total.SetCurrent(min(b.tally.place(), b.tally.total-1))
	}
}

// shortly names why an attempt failed, for the little room beside a bar.
func shortly(err error) string {
	e, ok := client.AsError(err)
	switch {
	case !ok:
		return ""
	case e.ConnectionFault() != client.FaultNone:
		return ": " + e.ConnectionFault().String()
	}
	return ": " + label(err)
}

// statusText says what a job does now.
func statusText(p client.Progress) string {
	switch p.State {
	case client.TransferConnecting:
		return "connecting"
	case client.TransferHashing:
		return "hashing"
	case client.TransferComparing:
		return "comparing with what the server has"
	case client.TransferWaiting:
		return fmt.Sprintf("cut, %s durable; attempt %d in %s%s",
			human.Size(p.Durable), p.Attempt+1, human.Duration(p.Pause), shortly(p.Failure))
	case client.TransferFinishing:
		return human.Size(p.Sent) + "  verifying"
	case client.TransferScanning:
		return human.Size(p.Sent) + "  scanning"
	case client.TransferRunning, client.TransferDone, client.TransferFailed:
	}
	text := human.Size(p.Sent) + "  " + human.Rate(p.Rate)
	if p.Total >= 0 {
		text = human.Size(p.Sent) + " of " + human.Size(p.Total) + "  " + human.Rate(p.Rate)
	}
	if p.ETA > 0 {
		text += ", " + human.Left(p.ETA)
	}
	return text
}
