package pointsend

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
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

// Progress tells how the sending goes. Safe for concurrent use.
type Progress struct {
	// Log gets the progress; Draw says that it is a terminal. Quiet has only
	// what went wrong.
	Log         io.Writer
	Draw, Quiet bool

	// mu guards what follows, and Log.
	mu sync.Mutex
	// line is what the terminal's last line shows.
	line  string
	notes int
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
	if p.Quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := at.State == client.TransferDone || at.State == client.TransferFailed
	switch {
	case p.Draw && ended:
		p.draw("")
	case p.Draw:
		p.draw(Line(at))
	case !ended:
		fmt.Fprintln(p.Log, Line(at))
	}
}

// Note tells of something that went wrong with the input, the first hundred
// times.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes++
	line := p.line
	p.draw("")
	switch {
	case p.notes <= maxNotes:
		fmt.Fprintln(p.Log, text)
	case p.notes == maxNotes+1:
		fmt.Fprintln(p.Log, "… more lines that can't be read; they are counted")
	}
	p.draw(line)
}

// draw replaces the terminal's last line. The caller holds the lock.
func (p *Progress) draw(line string) {
	if !p.Draw || (line == "" && p.line == "") {
		return
	}
	fmt.Fprint(p.Log, clearLine+line)
	p.line = line
}

// Line describes where a sending stands.
func Line(at client.SendProgress) string {
	counts := fmt.Sprintf("%s points sent, %s durable", humanize.Comma(at.Sent), humanize.Comma(at.Durable))
	switch at.State {
	case client.TransferConnecting:
		return counts + ", connecting"
	case client.TransferWaiting:
		return fmt.Sprintf("%s, cut; attempt %d in %s", counts, at.Attempt+1, human.Duration(at.Pause))
	case client.TransferRunning, client.TransferFinishing, client.TransferDone, client.TransferFailed:
	}
	return fmt.Sprintf("%s  %s points/s  %s", counts, humanize.Comma(int64(at.Rate)), human.Duration(at.Elapsed))
}
