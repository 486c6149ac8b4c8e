package block

// A text is cut into its shape and its variables. The shape is the text with a
// hole for each variable; texts of the same origin share it. Variables are
// numbers, identifiers with digits in them, and hexadecimal numbers.

// hole stands for a variable in a shape.
const hole = 0xFF

// hexLength is the shortest word of hexadecimal digits that is one variable.
const hexLength = 4

// span is a piece of a text.
type span struct{ from, to int }

func (s span) of(text []byte) []byte { return text[s.from:s.to] }

// word is a word of a text, and what of it is variable.
type word struct {
	span

	variable span
}

// split appends the shape of a text to one slice and the words that have
// variables to another.
func split(text, shape []byte, words []word) ([]byte, []word) {
	done := 0
	for i := 0; i < len(text); {
		if classes[text[i]] == 0 {
			i++
			continue
		}
		w := wordAt(text, i)
		i = w.to
		if w.variable.to == 0 {
			continue
		}
		shape = append(append(shape, text[done:w.variable.from]...), hole)
		words = append(words, w)
		done = w.variable.to
	}
	return append(shape, text[done:]...), words
}

// wordAt looks at the word that begins at a place. Without digits, nothing of
// it is variable. When its digits stand together, they are; otherwise, and in
// a hexadecimal number, the whole is.
func wordAt(text []byte, from int) word {
	first, last, digits, kinds := 0, 0, 0, byte(0)
	to := from
	for ; to < len(text); to++ {
		class := classes[text[to]]
		if class == 0 {
			break
		}
		kinds |= class
		if class == digit {
			if digits == 0 {
				first = to
			}
			last = to
			digits++
		}
	}
	w := word{span: span{from: from, to: to}}
	switch {
	case digits == 0:
	case kinds&letter == 0 && to-from >= hexLength, last-first+1 != digits:
		w.variable = w.span
	default:
		w.variable = span{from: first, to: last + 1}
	}
	return w
}

// The classes of bytes. Words are of digits, letters and bytes beyond ASCII.
const (
	digit byte = 1 << iota
	hexLetter
	letter
)

// classes are those of all bytes; 0 stands for what separates words.
var classes = func() (table [256]byte) {
	for c := range table {
		switch lower := c | 0x20; {
		case c >= '0' && c <= '9':
			table[c] = digit
		case c < 0x80 && lower >= 'a' && lower <= 'f':
			table[c] = hexLetter
		case c >= 0x80, lower >= 'a' && lower <= 'z':
			table[c] = letter
		}
	}
	return table
}()
