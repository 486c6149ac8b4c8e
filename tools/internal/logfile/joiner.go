package logfile

import "strings"

// maxJoined bounds the lines of an entry; [MaxMessage] bounds its bytes.
const maxJoined = 500

// joiner puts the lines of an entry together.
type joiner struct {
	// entry is nil when there is none.
	entry *Entry
	// message and raw have the lines so far, once there are more than one.
	message, raw strings.Builder
	// blank lines since, which count only when another line of the entry follows.
	blank int
	// trace tells that a stack trace is open.
	trace bool
}

// begin makes this the entry that further lines go on. The one before has been
// ended.
func (j *joiner) begin(e *Entry, trace bool) {
	*j = joiner{entry: e, trace: trace}
	e.Lines = 1
}

// append adds a line to the entry if it looks like a part of it and there is
// room.
func (j *joiner) append(text string) bool {
	if j.entry == nil || !j.fits(text) {
		return false
	}
	if !j.trace && j.entry.rest != restLevel && !looksContinued(text) {
		return false
	}
	if j.entry.rest == restLevel {
		return j.complete(text)
	}
	j.trace = j.trace || opensTrace(text)
	j.write(text)
	return true
}

func (j *joiner) fits(text string) bool {
	return j.entry.Lines+j.blank < maxJoined && j.rawSize()+j.blank+1+len(text) <= MaxMessage
}

func (j *joiner) rawSize() int { return max(j.raw.Len(), len(j.entry.Raw)) }

// write adds a line and the blank ones before it.
func (j *joiner) write(text string) {
	if j.raw.Len() == 0 {
		j.message.WriteString(j.entry.Message)
		j.raw.WriteString(j.entry.Raw)
	}
	gap := strings.Repeat("\n", j.blank+1)
	j.message.WriteString(gap + text)
	j.raw.WriteString(gap + text)
	j.entry.Lines += j.blank + 1
	j.blank = 0
}

// complete takes the second line of an entry of java.util.logging, the first one
// of which has class and method.
func (j *joiner) complete(text string) bool {
	j.entry.rest = restNone
	level, message, ok := javaLevel(text)
	if !ok {
		return j.append(text)
	}
	logger, method, _ := strings.Cut(j.entry.Message, " ")
	j.entry.set("logger", logger)
	j.entry.set("method", method)
	j.entry.Level, j.entry.Message = level, message
	j.entry.Raw += "\n" + text
	j.entry.Lines++
	return true
}

// goesOn tells whether the entry is the beginning of this one, as a part of a
// line that was too long for a container runtime, and if so joins them.
func (j *joiner) goesOn(e *Entry) bool {
	if j.entry == nil || j.entry.rest != restMessage || j.entry.Fields["stream"] != e.Fields["stream"] || !j.fits(e.Raw) {
		return false
	}
	j.settle()
	j.entry.Message += e.Message
	j.entry.Raw += "\n" + e.Raw
	j.entry.Lines++
	j.entry.rest = e.rest
	return true
}

// settle gives the entry the lines that were collected for it.
func (j *joiner) settle() {
	if j.raw.Len() == 0 {
		return
	}
	j.entry.Message, j.entry.Raw = j.message.String(), j.raw.String()
	j.message.Reset()
	j.raw.Reset()
}

// end returns the entry with all its lines, or nil.
func (j *joiner) end() *Entry {
	j.settle()
	e := j.entry
	*j = joiner{}
	return e
}
