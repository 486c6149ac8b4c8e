package block

import "encoding/binary"

// dictionary collects a column of texts of which few are different.
type dictionary struct {
	numbers map[string]int64
	values  []string
	rows    []int64
}

func newDictionary() *dictionary { return &dictionary{numbers: map[string]int64{}} }

func (d *dictionary) reset() {
	clear(d.numbers)
	d.values, d.rows = d.values[:0], d.rows[:0]
}

func (d *dictionary) add(value string) {
	number, known := d.numbers[value]
	if !known {
		number = d.begin(value)
	}
	d.rows = append(d.rows, number)
}

// addBytes is add for a value that is used again.
func (d *dictionary) addBytes(value []byte) {
	number, known := d.numbers[string(value)]
	if !known {
		number = d.begin(string(value))
	}
	d.rows = append(d.rows, number)
}

func (d *dictionary) begin(value string) int64 {
	number := int64(len(d.values))
	d.numbers[value] = number
	d.values = append(d.values, value)
	return number
}

func (d *dictionary) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(d.values)))
	for _, value := range d.values {
		b = appendText(b, value)
	}
	return appendInts(b, d.rows)
}

// Dictionary is a column of texts of which few are different.
type Dictionary struct {
	// Values are the different texts, in no order.
	Values []string
	// rows are the texts' numbers.
	rows []int64
}

// Number returns the number of a row's text in Values.
func (d *Dictionary) Number(row int) int { return int(d.rows[row]) }

// At returns a row's text.
func (d *Dictionary) At(row int) string { return d.Values[d.rows[row]] }

func readDictionary(r *reader, rows int) Dictionary {
	d := Dictionary{Values: make([]string, r.count(rows))}
	for i := range d.Values {
		d.Values[i] = string(r.text())
	}
	d.rows = readInts(r, rows)
	for _, number := range d.rows {
		if uint64(number) >= uint64(len(d.Values)) {
			r.fail()
			return d
		}
	}
	return d
}
