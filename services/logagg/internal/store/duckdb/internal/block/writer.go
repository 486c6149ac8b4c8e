package block

import "github.com/sluice-ingest/sluice/services/logagg/internal/entry"

// The limits of a block.
const (
	// MaxRows is the largest number of entries.
	MaxRows = 8192
	// MaxBytes is how large the texts of a block of several entries may be
	// together.
	MaxBytes = 4 << 20
)

// Block is a number of entries in an order of the caller's.
type Block struct {
	// Rows is the number of entries.
	Rows int
	// Levels has a bit for each level that an entry has, at its number.
	Levels int64

	// Heads, Messages and Fields are read by ReadHeads, ReadMessages and
	// ReadFields.
	Heads, Messages, Fields []byte
	// Pairs and Words are the filters of the fields and of the words of the
	// messages.
	Pairs, Words []byte
}

// Size is how many bytes the block takes.
func (b *Block) Size() int {
	return len(b.Heads) + len(b.Messages) + len(b.Fields) + len(b.Pairs) + len(b.Words)
}

// Writer makes blocks. One goroutine uses it at a time.
type Writer struct {
	codec    *Codec
	heads    heads
	messages *textWriter
	fields   *fieldWriter
	pairs    hashSet
	text     []byte
}

// NewWriter makes a writer, whose memory is about that of the texts of a block.
func NewWriter(codec *Codec) *Writer {
	return &Writer{codec: codec, heads: newHeads(), messages: newTextWriter(&hashSet{}), fields: newFieldWriter()}
}

// Write makes a block of 1 to MaxRows entries. It keeps no reference to them.
func (w *Writer) Write(entries []*entry.Entry) Block {
	w.reset()
	b := Block{Rows: len(entries)}
	for _, e := range entries {
		b.Levels |= LevelBit(e.Level)
		w.add(e)
	}
	b.Heads = w.heads.appendTo(nil)
	b.Messages = w.messages.appendTo(nil, w.codec)
	b.Fields = w.fields.appendTo(nil, w.codec)
	b.Pairs = w.pairs.appendTo([]byte{}, pairBits)
	b.Words = w.messages.words.appendTo([]byte{}, wordBits)
	return b
}

// LevelBit is the bit of a level in [Block].Levels. What is not on the scale has
// one together.
func LevelBit(level entry.Level) int64 {
	if level < 0 || level > entry.Fatal {
		return 1 << offScale
	}
	return 1 << level
}

const offScale = 62

func (w *Writer) reset() {
	w.heads.reset()
	w.messages.reset()
	w.fields.reset()
	w.pairs.reset()
}

func (w *Writer) add(e *entry.Entry) {
	w.heads.add(e)
	w.text = appendEscaped(w.text[:0], e.Message)
	w.messages.add(w.text)
	w.fields.add(e.Fields)
	for i := range e.Fields {
		w.pairs.add(PairHash(e.Fields[i].Name, e.Fields[i].Value))
	}
}
