package transfer

import (
	"fmt"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// plainInterval is the time between two lines about the progress of all jobs.
const plainInterval = 5 * time.Second

// Plain reports in lines: a line for each outcome, and now and then one about
// the progress of all jobs.
type Plain struct {
	Silent
	Display

	tally *tally

	// mu guards the writers and what follows.
	mu sync.Mutex
	// told is when the last line was written.
	told time.Time
	// waiting has the attempt of each job that was told to have failed last.
	waiting map[int]int
}

// NewPlain returns a reporter that writes to Out and Log.
func NewPlain(d Display) *Plain {
	return &Plain{Display: d, told: d.Now(), tally: newTally(d.Jobs, d.Now), waiting: map[int]int{}}
}

// Moved writes about a job that has to wait, and about all at most every 5
// seconds.
func (p *Plain) Moved(job int, progress client.Progress) {
	p.tally.move(job, progress)
	p.mu.Lock()
	defer p.mu.Unlock()
	if progress.State == client.TransferWaiting && progress.Failure != nil && p.waiting[job] < progress.Attempt {
		p.waiting[job] = progress.Attempt
		fmt.Fprintln(p.Log, waitLine(p.Jobs[job], progress))
	}
	if now := p.Now(); now.Sub(p.told) >= plainInterval {
		p.told = now
		fmt.Fprintln(p.Log, p.tally.text())
	}
}

// Finished writes the outcome.
func (p *Plain) Finished(job int, o Outcome) {
	p.tally.finish(job, p.Jobs[job].Size)
	p.mu.Lock()
	defer p.mu.Unlock()
	if line := p.Line(o); line != "" {
		fmt.Fprintln(p.Out, line)
	}
}

func waitLine(job Job, p client.Progress) string {
	return fmt.Sprintf("waiting %s  attempt %d failed at %s, %s durable; trying again in %s: %s",
		human.Text(job.Path), p.Attempt, human.Size(p.Sent), human.Size(p.Durable),
		human.Duration(p.Pause), because(p.Failure, job.Path))
}
