package redact

// What a byte is, as bits.
const (
	lower = 1 << iota
	upper
	digit
	hexLetter
	blank   // space and tab
	space   // and what ends a line
	keyMark // what joins the words of a key
	quote
	base64Mark // of the standard alphabet
	high       // part of a character beyond ASCII

	alpha  = lower | upper
	word   = alpha | digit
	hexBit = digit | hexLetter
)

var bits = func() (table [256]uint16) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z':
			table[c] = lower
		case c >= 'A' && c <= 'Z':
			table[c] = upper
		case c >= '0' && c <= '9':
			table[c] = digit
		case c >= 0x80:
			table[c] = high
		case c < ' ' || c == 0x7f:
			table[c] = space
		}
	}
	for mask, set := range map[uint16]string{
		hexLetter: "abcdefABCDEF", blank: " \t", space: " ", keyMark: "_-.$", quote: "\"'`", base64Mark: "+/=",
	} {
		for i := range len(set) {
			table[set[i]] |= mask
		}
	}
	return table
}()

func is(c byte, mask uint16) bool { return bits[c]&mask != 0 }

func fold(c byte) byte {
	if is(c, upper) {
		return c + 'a' - 'A'
	}
	return c
}

// is reports whether the text has such a byte at i.
func (s *scan) is(i int, mask uint16) bool {
	return i >= 0 && i < len(s.text) && is(s.text[i], mask)
}

// at returns the byte at i, or 0 outside the text.
func (s *scan) at(i int) byte {
	if i < 0 || i >= len(s.text) {
		return 0
	}
	return s.text[i]
}

// has reports whether the text goes on with a lower-case word at i, in any case.
func (s *scan) has(i int, word string) bool {
	return i >= 0 && len(s.text)-i >= len(word) && foldEqual(s.text[i:i+len(word)], word)
}

// after reports whether a lower-case word ends before i, in any case.
func (s *scan) after(i int, word string) bool { return s.has(i-len(word), word) }

func foldEqual(text, word string) bool {
	for i := range len(word) {
		if fold(text[i]) != word[i] {
			return false
		}
	}
	return true
}

// begins reports whether a word may begin at i: what is before it is no letter
// or digit, or ends an escape such as \n or %3D.
func (s *scan) begins(i int) bool {
	return !s.is(i-1, word) || s.escapeEnds(i)
}

func (s *scan) escapeEnds(i int) bool {
	if s.at(i-2) == '\\' && (s.at(i-1) == 'n' || s.at(i-1) == 'r' || s.at(i-1) == 't') {
		return true
	}
	if s.at(i-3) == '%' && s.is(i-2, hexBit) && s.is(i-1, hexBit) {
		return true
	}
	return s.at(i-6) == '\\' && s.at(i-5) == 'u' && s.at(i-4) == '0' && s.at(i-3) == '0'
}

// while returns the end of the run of such bytes from i, at most limit long.
func (s *scan) while(i int, mask uint16, limit int) int {
	end := min(len(s.text), i+limit)
	for i < end && is(s.text[i], mask) {
		i++
	}
	return i
}
