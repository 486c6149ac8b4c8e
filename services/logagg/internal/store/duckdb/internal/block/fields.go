package block

import (
	"bytes"
	"encoding/binary"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// maxColumns is how many fields of a block have a column of their own. What
// comes after them stands in the first column, with the names.
const maxColumns = 128

// fieldWriter collects the fields of entries: a column of texts for each name,
// and for each entry its layout, the numbers of its fields' columns.
type fieldWriter struct {
	numbers map[string]int
	names   []string
	columns []*textWriter
	layouts *dictionary

	layout, text []byte
}

func newFieldWriter() *fieldWriter {
	return &fieldWriter{
		numbers: map[string]int{}, layouts: newDictionary(),
		names: []string{""}, columns: []*textWriter{newTextWriter(nil)},
	}
}

func (w *fieldWriter) reset() {
	clear(w.numbers)
	w.names = w.names[:1]
	w.layouts.reset()
	w.columns[0].reset()
}

func (w *fieldWriter) add(fields []entry.Field) {
	w.layout = w.layout[:0]
	for i := range fields {
		column := w.column(fields[i].Name)
		w.layout = binary.AppendUvarint(w.layout, uint64(column))
		w.text = w.text[:0]
		if column == 0 {
			w.text = append(appendEscaped(w.text, fields[i].Name), separator)
		}
		w.text = appendEscaped(w.text, fields[i].Value)
		w.columns[column].add(w.text)
	}
	w.layouts.addBytes(w.layout)
}

func (w *fieldWriter) column(name string) int {
	if column, known := w.numbers[name]; known {
		return column
	}
	column := len(w.names)
	if column > maxColumns {
		return 0
	}
	w.names = append(w.names, name)
	w.numbers[name] = column
	if column == len(w.columns) {
		w.columns = append(w.columns, newTextWriter(nil))
	} else {
		w.columns[column].reset()
	}
	return column
}

func (w *fieldWriter) appendTo(b []byte, codec *Codec) []byte {
	b = binary.AppendUvarint(b, uint64(len(w.layouts.rows)))
	b = w.layouts.appendTo(b)
	b = binary.AppendUvarint(b, uint64(len(w.names)))
	var column []byte
	for i, name := range w.names {
		column = w.columns[i].appendTo(column[:0], codec)
		b = appendText(appendText(b, name), column)
	}
	return b
}

// Fields are the fields of a block. One goroutine uses them at a time.
type Fields struct {
	codec   *Codec
	rows    []int64
	layouts [][]int
	columns []column
	next    int
	text    []byte
}

// column is a column of values, which is read when it is asked for.
type column struct {
	name string
	data []byte
	// count is how many values the entries have.
	count int
	// texts is nil until it is read; next is the number of the next value.
	texts *texts
	next  int
}

// ReadFields reads the fields of a block of so many entries.
func ReadFields(data []byte, codec *Codec, rows int) (*Fields, error) {
	r := &reader{data: data}
	f := &Fields{codec: codec}
	if r.count(MaxRows) != rows {
		r.fail()
	}
	layouts := readDictionary(r, rows)
	f.rows = layouts.rows
	f.columns = make([]column, r.count(maxColumns+1))
	for i := range f.columns {
		f.columns[i] = column{name: string(r.text()), data: r.text()}
	}
	for _, layout := range layouts.Values {
		f.layouts = append(f.layouts, f.readLayout(r, []byte(layout)))
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, layout := range f.rows {
		for _, number := range f.layouts[layout] {
			f.columns[number].count++
		}
	}
	return f, nil
}

func (f *Fields) readLayout(r *reader, data []byte) (layout []int) {
	numbers := &reader{data: data}
	for len(numbers.data) > 0 {
		layout = append(layout, numbers.count(len(f.columns)-1))
	}
	if numbers.err != nil || len(f.columns) == 0 {
		r.fail()
	}
	return layout
}

// Append appends the fields of an entry, which is not before one that was asked
// for since the last Rewind. Wanted tells which are; nil stands for all.
func (f *Fields) Append(fields []entry.Field, row int, wanted func(name string) bool) ([]entry.Field, error) {
	for ; f.next < row; f.next++ {
		for _, number := range f.layouts[f.rows[f.next]] {
			f.columns[number].next++
		}
	}
	f.next++
	for _, number := range f.layouts[f.rows[row]] {
		c := &f.columns[number]
		at := c.next
		c.next++
		if wanted != nil && number != 0 && !wanted(c.name) {
			continue
		}
		if err := c.read(f.codec); err != nil {
			return fields, err
		}
		f.text = c.texts.appendAt(f.text[:0], at)
		field := f.field(number)
		if wanted == nil || wanted(field.Name) {
			fields = append(fields, field)
		}
	}
	return fields, nil
}

// field is the field whose text was just read.
func (f *Fields) field(number int) entry.Field {
	if number != 0 {
		return entry.Field{Name: f.columns[number].name, Value: string(unescape(f.text))}
	}
	name, value, _ := bytes.Cut(f.text, []byte{separator})
	return entry.Field{Name: string(unescape(name)), Value: string(unescape(value))}
}

func (c *column) read(codec *Codec) error {
	if c.texts != nil {
		return nil
	}
	r := &reader{data: c.data}
	read := readTextColumn(r, codec, c.count)
	if r.err == nil && len(read.rows) != c.count {
		r.fail()
	}
	if r.err == nil {
		c.texts = read
	}
	return r.err
}

// Rewind goes back to the first entry.
func (f *Fields) Rewind() {
	f.next = 0
	for i := range f.columns {
		f.columns[i].next = 0
		if f.columns[i].texts != nil {
			f.columns[i].texts.rewind()
		}
	}
}
