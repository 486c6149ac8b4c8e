package transfer

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// tally adds up the progress of all jobs. Safe for concurrent use.
type tally struct {
	now   func() time.Time
	begun time.Time
	// files and total are the number of jobs and their bytes.
	files int
	total int64

	// mu guards what follows.
	mu   sync.Mutex
	done int
	// sent has the place that each job has come to, and waiting whether it
	// pauses before its next attempt.
	sent    []int64
	waiting []bool
	sum     int64
}

func newTally(jobs []Job, now func() time.Time) *tally {
	t := &tally{now: now, begun: now(), files: len(jobs), sent: make([]int64, len(jobs)), waiting: make([]bool, len(jobs))}
	for _, job := range jobs {
		t.total += max(job.Size, 0)
	}
	return t
}

// move takes in how far a job has come.
func (t *tally) move(job int, p client.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(job, p.Sent)
	t.waiting[job] = p.State == client.TransferWaiting
}

// set takes in the place of a job. The caller holds the lock.
func (t *tally) set(job int, sent int64) {
	t.sum += sent - t.sent[job]
	t.sent[job] = sent
}

// finish takes in that a job has ended, well or not: nothing of it is left to
// be sent.
func (t *tally) finish(job int, size int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(job, max(size, 0))
	t.waiting[job] = false
	t.done++
}

// place is how far all jobs together have come, in bytes.
func (t *tally) place() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum
}

// text describes the progress of all jobs.
func (t *tally) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	rate := float64(t.sum) / max(t.now().Sub(t.begun).Seconds(), 1e-3)
	if t.total == 0 {
		return human.Size(t.sum) + "  " + human.Rate(rate)
	}
	left := t.total - t.sum
	if slices.Contains(t.waiting, true) {
		// Nobody knows when a job that waits goes on.
		left = 0
	}
	return fmt.Sprintf("%d of %s  %s of %s  %s", t.done, human.Count(t.files, "file"),
		human.Size(t.sum), human.Size(t.total), pace(rate, left))
}

// pace writes a rate in bytes a second and the time left; 0 bytes left for none.
func pace(rate float64, left int64) string {
	if rate < 1 || left <= 0 {
		return human.Rate(rate)
	}
	return human.Rate(rate) + ", " + human.Left(time.Duration(float64(left)/rate*float64(time.Second)))
}
