package block

import (
	"bytes"
	"encoding/binary"
)

const (
	// maxStreams is how many variables of a column are kept apart. What comes
	// after them is kept together in the first one.
	maxStreams = 1024
	// contextLength is how much of a shape before a hole names its variable, in
	// bytes.
	contextLength = 32
)

// textWriter collects a column of texts. The values of variables are kept by
// their context, which is what stands before them in their word: numbers that
// mean the same stand together, whatever else the texts say.
type textWriter struct {
	shapes   map[string]int
	contexts map[string]int
	// texts of the shapes, one after the other, and their lengths.
	texts   []byte
	lengths []int64
	// streams of each shape's holes.
	streams [][]int
	// variables by stream.
	variables []variable
	// rows are the shapes of the texts.
	rows []int64

	// words has the hashes of the texts' words; nil when nobody wants them.
	words *hashSet

	shape  []byte
	varied []word
}

func newTextWriter(words *hashSet) *textWriter {
	return &textWriter{
		shapes: map[string]int{}, contexts: map[string]int{}, variables: make([]variable, 1), words: words,
	}
}

func (w *textWriter) reset() {
	clear(w.shapes)
	clear(w.contexts)
	w.texts, w.lengths, w.streams, w.rows = w.texts[:0], w.lengths[:0], w.streams[:0], w.rows[:0]
	w.variables = w.variables[:1]
	w.variables[0].reset()
	if w.words != nil {
		w.words.reset()
	}
}

// add adds an escaped text.
func (w *textWriter) add(text []byte) {
	w.shape, w.varied = split(text, w.shape[:0], w.varied[:0])
	number, known := w.shapes[string(w.shape)]
	if !known {
		number = w.addShape()
	}
	w.rows = append(w.rows, int64(number))
	for i, stream := range w.streams[number] {
		w.variables[stream].add(w.varied[i].variable.of(text))
	}
	if w.words != nil {
		w.addWords(text, known)
	}
}

// addWords adds the words of a text. Of a known shape, those without variables
// are there.
func (w *textWriter) addWords(text []byte, known bool) {
	if !known {
		w.words.addWords(text)
		return
	}
	for i := range w.varied {
		w.words.add(wordHash(w.varied[i].of(text)))
	}
}

func (w *textWriter) addShape() int {
	number := len(w.lengths)
	w.shapes[string(w.shape)] = number
	w.texts = append(w.texts, w.shape...)
	w.lengths = append(w.lengths, int64(len(w.shape)))
	var streams []int
	eachContext(w.shape, func(context []byte) { streams = append(streams, w.stream(context)) })
	w.streams = append(w.streams, streams)
	return number
}

// eachContext calls each with the context of every hole.
func eachContext(shape []byte, each func(context []byte)) {
	word := 0
	for i, c := range shape {
		switch c {
		case hole:
			each(shape[max(word, i-contextLength):i])
		case ' ', '\t', '\n':
			word = i
		}
	}
}

func (w *textWriter) stream(context []byte) int {
	if stream, known := w.contexts[string(context)]; known {
		return stream
	}
	if len(w.variables) == maxStreams {
		return 0
	}
	stream := len(w.variables)
	if stream < cap(w.variables) {
		w.variables = w.variables[:stream+1]
		w.variables[stream].reset()
	} else {
		w.variables = append(w.variables, variable{})
	}
	w.contexts[string(context)] = stream
	return stream
}

// appendTo appends the column to a block.
func (w *textWriter) appendTo(b []byte, codec *Codec) []byte {
	b = binary.AppendUvarint(b, uint64(len(w.rows)))
	b = binary.AppendUvarint(b, uint64(len(w.lengths)))
	b = appendInts(b, w.rows)
	b = appendInts(b, w.lengths)
	b = binary.AppendUvarint(b, uint64(len(w.variables)))
	var variables []byte
	texts := w.texts
	for i := range w.variables {
		variables, texts = w.variables[i].appendTo(variables, texts)
	}
	b = codec.appendCompressed(b, texts)
	w.texts = texts
	return append(b, variables...)
}

// texts is a column of texts that was read. Its texts are appended in their
// order; some may be passed over.
type texts struct {
	rows   []int64
	shapes []shape
	values []values
	next   int
}

// shape is what texts have in common: pieces, and between them the values of
// variables.
type shape struct {
	pieces  [][]byte
	streams []int
}

// readTextColumn reads a column of at most limit texts.
func readTextColumn(r *reader, codec *Codec, limit int) *texts {
	t := &texts{}
	rows := r.count(limit)
	shapes := r.count(rows)
	t.rows = readInts(r, rows)
	lengths := readInts(r, shapes)
	variables := r.count(maxStreams)
	all := codec.decompress(r)
	left := t.readShapes(r, all, lengths)
	t.values = make([]values, variables)
	for i, need := range t.needed(r, variables) {
		if t.values[i], left = readValues(r, left, need); r.err != nil {
			break
		}
	}
	return t
}

// readShapes reads the shapes, and returns what comes after them in the texts.
func (t *texts) readShapes(r *reader, texts []byte, lengths []int64) (rest []byte) {
	streams := map[string]int{}
	t.shapes = make([]shape, len(lengths))
	for i, length := range lengths {
		if length < 0 || length > int64(len(texts)) {
			r.fail()
			return nil
		}
		text := texts[:length]
		texts = texts[length:]
		s := &t.shapes[i]
		s.pieces = bytes.Split(text, []byte{hole})
		eachContext(text, func(context []byte) {
			stream, known := streams[string(context)]
			if !known && len(streams)+1 < maxStreams {
				stream = len(streams) + 1
				streams[string(context)] = stream
			}
			s.streams = append(s.streams, stream)
		})
	}
	return texts
}

// needed returns how many values each variable has. It makes sure that every
// text has a shape, and every hole a variable.
func (t *texts) needed(r *reader, variables int) []int {
	need := make([]int, variables)
	total := 0
	for _, number := range t.rows {
		if r.err != nil || uint64(number) >= uint64(len(t.shapes)) {
			r.fail()
			return nil
		}
		streams := t.shapes[number].streams
		if total += len(streams); total > maxVariables {
			r.fail()
			return nil
		}
		for _, stream := range streams {
			if stream >= variables {
				r.fail()
				return nil
			}
			need[stream]++
		}
	}
	return need
}

// rewind goes back to the first text.
func (t *texts) rewind() {
	t.next = 0
	for i := range t.values {
		t.values[i].next = 0
	}
}

// appendAt appends the text of a row, which is not before one that was asked
// for since the last rewind.
func (t *texts) appendAt(b []byte, row int) []byte {
	for ; t.next < row; t.next++ {
		for _, stream := range t.shapes[t.rows[t.next]].streams {
			t.values[stream].next++
		}
	}
	t.next++
	s := &t.shapes[t.rows[row]]
	b = append(b, s.pieces[0]...)
	for i, stream := range s.streams {
		b = t.values[stream].appendNext(b)
		b = append(b, s.pieces[i+1]...)
	}
	return b
}
