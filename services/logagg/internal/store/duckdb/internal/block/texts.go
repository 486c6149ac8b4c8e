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
	left := codec.decompress(r)
	all := left
	for _, length := range lengths {
		if length < 0 || length > int64(len(left)) {
			r.fail()
			return t
		}
		left = left[length:]
	}
	t.values = make([]values, variables)
	for i := range t.values {
		t.values[i], left = readValues(r, left)
	}
	t.readShapes(r, all, lengths)
	t.check(r)
	return t
}

func (t *texts) readShapes(r *reader, all []byte, lengths []int64) {
	streams := map[string]int{}
	t.shapes = make([]shape, len(lengths))
	for i, length := range lengths {
		if r.err != nil {
			return
		}
		text := all[:length]
		all = all[length:]
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
}

// check makes sure that every text has its shape and every hole its value.
func (t *texts) check(r *reader) {
	if r.err != nil {
		return
	}
	need := make([]int, len(t.values))
	for _, number := range t.rows {
		if uint64(number) >= uint64(len(t.shapes)) {
			r.fail()
			return
		}
		for _, stream := range t.shapes[number].streams {
			if stream >= len(need) {
				r.fail()
				return
			}
			need[stream]++
		}
	}
	for i := range need {
		if need[i] != t.values[i].count {
			r.fail()
			return
		}
	}
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
