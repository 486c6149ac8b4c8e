package sending

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

const (
	// drawInterval is the time between two states of the line on a terminal,
	// and plainInterval between two lines elsewhere.
	drawInterval  = 150 * time.Millisecond
	plainInterval = 5 * time.Second
	// maxNotes is how many lines that can't be read are told one by one.
	maxNotes = 100
)

// clearLine goes back to the first column and removes what the line has.
const clearLine = "\r\x1b[K"

// noWrap makes the terminal cut a line that is too long for it, which would
// otherwise become two that clearLine can't remove; wrap ends that.
const (
	noWrap = "\x1b[?7l"
	wrap   = "\x1b[?7h"
)

// Progress tells how the sending goes. Safe for concurrent use.
type Progress struct {
	// Noun is what is sent, such as `entry`, and Nouns several of it.
	Noun, Nouns string
	// Log gets the progress; Draw says that it is a terminal. Quiet has only
	// what went wrong.
	Log         io.Writer
	Draw, Quiet bool

	// mu guards what follows, and Log.
	mu sync.Mutex
	// line is what the terminal's last line shows.
	line  string
	notes int
	// failure is why the call waits, nil when it does not.
	failure error
}

// Interval is how often Moved wants to be called.
func (p *Progress) Interval() time.Duration {
	if p.Draw {
		return drawInterval
	}
	return plainInterval
}

// Moved tells of the progress.
func (p *Progress) Moved(at client.SendProgress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch at.State {
	case client.TransferWaiting:
		p.failure = at.Failure
	case client.TransferRunning, client.TransferFinishing, client.TransferDone:
		p.failure = nil
	case client.TransferConnecting, client.TransferHashing, client.TransferComparing, client.TransferScanning, client.TransferFailed:
	}
	if p.Quiet {
		return
	}
	ended := at.State == client.TransferDone || at.State == client.TransferFailed
	switch {
	case p.Draw && ended:
		p.draw("")
	case p.Draw:
		p.draw(p.describe(at))
	case !ended:
		fmt.Fprintln(p.Log, p.describe(at))
	}
}

// Failure is what the call waited for to pass when it ended, nil for nothing.
func (p *Progress) Failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// Note tells of something that went wrong with the input, the first hundred
// times.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes++
	switch {
	case p.notes <= maxNotes:
		p.print(text)
	case p.notes == maxNotes+1:
		p.print("… more lines that can't be read; they are counted")
	}
}

// Say tells something that is no fault, unless the progress is quiet.
func (p *Progress) Say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.Quiet {
		p.print(text)
	}
}

// print writes a line above the terminal's last one. The caller holds the lock.
func (p *Progress) print(text string) {
	line := p.line
	p.draw("")
	fmt.Fprintln(p.Log, text)
	p.draw(line)
}

// draw replaces the terminal's last line. The caller holds the lock.
func (p *Progress) draw(line string) {
	if !p.Draw || (line == "" && p.line == "") {
		return
	}
	p.line = line
	if line != "" {
		line = noWrap + line + wrap
	}
	fmt.Fprint(p.Log, clearLine+line)
}

// Count writes a number of what is sent.
func (p *Progress) Count(n int64) string {
	if n == 1 {
		return "1 " + p.Noun
	}
	return humanize.Comma(n) + " " + p.Nouns
}

// describe tells where a sending stands.
func (p *Progress) describe(at client.SendProgress) string {
	counts := fmt.Sprintf("%s sent, %s durable", p.Count(at.Sent), humanize.Comma(at.Durable))
	switch at.State {
	case client.TransferConnecting:
		return counts + ", connecting"
	case client.TransferWaiting:
		line := fmt.Sprintf("%s, cut; attempt %d in %s", counts, at.Attempt+1, human.Duration(at.Pause))
		if at.Failure != nil {
			line += ": " + failure.Brief(at.Failure)
		}
		return line
	case client.TransferHashing, client.TransferComparing, client.TransferRunning, client.TransferFinishing,
		client.TransferScanning, client.TransferDone, client.TransferFailed:
	}
	if at.Sent >= minRated {
		counts += "  " + perSecond(at.Rate, p.Nouns)
	}
	return counts + "  " + human.Duration(at.Elapsed)
}
