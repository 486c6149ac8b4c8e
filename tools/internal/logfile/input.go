package logfile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// Stats count what became of an input's lines.
type Stats struct {
	// Lines that were read, blank ones included.
	Lines int64
	// Entries that were made of them.
	Entries int64
	// Unparsed is how many of the entries are plain text because their line is
	// not in the format.
	Unparsed int64
	// Joined lines went on the entry before them.
	Joined int64
	// Shortened entries had something that was too long for the service.
	Shortened int64
	// Repaired lines had bytes that are no UTF-8.
	Repaired int64
}

// Input is one file or stream that is read. It serves one goroutine.
type Input struct {
	name string
	// application is that of the file's name.
	application string
	lines       *lines
	options     Options

	clock  *clock
	format Format
	parser parser
	// detector is nil when the format is settled; ahead counts the lines that it
	// has judged before they were read.
	detector *detector
	ahead    int64
	joiner   joiner
	// last is the time of the last entry that had one.
	last  time.Time
	stats Stats
}

// NewInput begins to read an input. The name is that of the file, [Stdin] for
// none; it is not opened.
func NewInput(r io.Reader, name string, o Options) (*Input, error) {
	o = o.withDefaults()
	l, err := newLines(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", displayName(name), err)
	}
	in := &Input{
		name: name, application: ApplicationOf(name), lines: l, options: o,
		clock: &clock{location: o.Location, reference: o.Reference},
	}
	in.settle()
	return in, nil
}

// Format is the one that was found or given.
func (in *Input) Format() Format { return in.format }

// Stats count what was read so far.
func (in *Input) Stats() Stats { return in.stats }

// Entries yields the entries in their order, once. An error is the last thing:
// the input could not be read to its end.
func (in *Input) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := in.each(func(e Entry) bool { return yield(e, nil) })
		if err != nil && !errors.Is(err, errStopped) {
			yield(Entry{}, fmt.Errorf("%s: after line %d: %w", displayName(in.name), in.stats.Lines, err))
		}
	}
}

// errStopped says that the caller wants no more.
var errStopped = errors.New("stopped")

func displayName(name string) string {
	if name == Stdin {
		return "standard input"
	}
	return name
}

// settle decides on the format by the lines that come first.
func (in *Input) settle() {
	if in.options.Format != FormatAuto {
		in.use(in.options.Format)
		return
	}
	in.detector = newDetector(in.options)
	for _, text := range in.lines.ahead() {
		in.detector.add(text)
		in.ahead++
	}
	in.decide()
}

func (in *Input) use(f Format) {
	in.format, in.parser = f, newParser(f, in.clock)
	in.options.Found(f)
}

// decide takes what the lines so far say. Plain is not final before many lines
// said so: a program may greet before it logs.
func (in *Input) decide() {
	if in.detector.judged == 0 {
		return
	}
	if f := in.detector.format(); f != in.format {
		in.use(f)
	}
	if in.format != FormatPlain || in.detector.full() {
		in.detector = nil
	}
}

// learn judges a line while the format is open.
func (in *Input) learn(text string) {
	if in.detector != nil && in.stats.Lines > in.ahead {
		in.detector.add(text)
		in.decide()
	}
}

// take puts a line into its entry and yields the one that it ends.
func (in *Input) take(l line, yield func(Entry) bool) bool {
	in.stats.Lines++
	if l.repaired {
		in.stats.Repaired++
	}
	if strings.TrimSpace(l.text) == "" {
		in.joiner.blank++
		return true
	}
	in.learn(l.text)
	e, trace := &Entry{Line: l.number, Raw: l.text, shortened: l.cut}, false
	switch {
	case in.parser != nil && in.parser.parse(l.text, e):
		in.last = e.Time
		if in.joiner.goesOn(e) {
			in.stats.Joined++
			return true
		}
	case in.joiner.append(l.text):
		in.stats.Joined++
		return true
	default:
		e, trace = in.plain(l), opensTrace(l.text)
	}
	ok := in.flush(yield)
	in.joiner.begin(e, trace)
	return ok
}

// plain makes an entry of a line that is in no format. It has the time of the
// line before, or else that of reading it.
func (in *Input) plain(l line) *Entry {
	e := &Entry{Line: l.number, Raw: l.text, Message: l.text, Time: in.last, shortened: l.cut}
	if e.Time.IsZero() {
		e.Time = in.options.Now()
	}
	if in.parser != nil {
		in.stats.Unparsed++
	}
	return e
}

// flush ends the open entry and yields it.
func (in *Input) flush(yield func(Entry) bool) bool {
	e := in.joiner.end()
	if e == nil {
		return true
	}
	if in.options.Application != "" {
		e.Application = in.options.Application
	}
	if e.Application == "" {
		e.Application = in.application
	}
	if e.Level == "" {
		e.Level = in.options.Level
	}
	if e.Message == "" && len(e.Fields) == 0 {
		e.Message = e.Raw
	}
	e.Level = e.cut(e.Level, maxLevel)
	e.Message = e.cut(e.Message, MaxMessage)
	in.stats.Entries++
	if e.shortened {
		in.stats.Shortened++
	}
	return yield(*e)
}
