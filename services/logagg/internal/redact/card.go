package redact

import "strings"

// issuer is a range of the numbers of one kind of card: the leading digits, and
// how many digits there are.
type issuer struct {
	digits, low, high int
	lengths           uint32
}

func lengths(of ...int) (mask uint32) {
	for _, n := range of {
		mask |= 1 << n
	}
	return mask
}

var issuers = []issuer{
	{1, 4, 4, lengths(13, 16, 19)},                       // Visa
	{2, 51, 55, lengths(16)},                             // Mastercard
	{4, 2221, 2720, lengths(16)},                         // Mastercard
	{2, 34, 34, lengths(15)},                             // American Express
	{2, 37, 37, lengths(15)},                             // American Express
	{3, 300, 305, lengths(14)},                           // Diners Club
	{4, 3095, 3095, lengths(14)},                         // Diners Club
	{2, 36, 36, lengths(14, 16)},                         // Diners Club
	{2, 38, 39, lengths(14, 16)},                         // Diners Club
	{4, 6011, 6011, lengths(16, 19)},                     // Discover
	{3, 644, 649, lengths(16, 19)},                       // Discover
	{2, 65, 65, lengths(16, 19)},                         // Discover, RuPay
	{2, 60, 60, lengths(16)},                             // RuPay
	{4, 3528, 3589, lengths(16, 19)},                     // JCB
	{2, 62, 62, lengths(16, 17, 18, 19)},                 // UnionPay
	{2, 81, 82, lengths(16)},                             // UnionPay, RuPay
	{3, 508, 508, lengths(16)},                           // RuPay
	{4, 2200, 2204, lengths(16, 17, 18, 19)},             // Mir
	{4, 5018, 5018, lengths(13, 14, 15, 16, 17, 18, 19)}, // Maestro
	{4, 5019, 5020, lengths(13, 14, 15, 16, 17, 18, 19)}, // Dankort, Maestro
	{4, 5038, 5038, lengths(13, 14, 15, 16, 17, 18, 19)}, // Maestro
	{4, 5060, 5061, lengths(16, 18, 19)},                 // Verve
	{3, 561, 561, lengths(16)},                           // Bankcard
	{4, 5893, 5893, lengths(13, 14, 15, 16, 17, 18, 19)}, // Maestro
	{4, 6304, 6304, lengths(13, 14, 15, 16, 17, 18, 19)}, // Maestro
	{4, 6759, 6763, lengths(13, 14, 15, 16, 17, 18, 19)}, // Maestro
	{4, 6767, 6767, lengths(16, 18, 19)},                 // Solo
	{4, 6331, 6334, lengths(16, 18, 19)},                 // Switch, Solo
	{4, 6362, 6363, lengths(16)},                         // Elo
	{3, 509, 509, lengths(16)},                           // Elo
	{4, 5067, 5067, lengths(16)},                         // Elo
	{4, 2205, 2205, lengths(16)},                         // Borica
	{4, 8600, 8600, lengths(16)},                         // Uzcard
	{4, 9860, 9860, lengths(16)},                         // Humo
	{3, 637, 639, lengths(16)},                           // InstaPayment
	{4, 9792, 9792, lengths(16)},                         // Troy
}

const (
	shortestCard = 13
	longestCard  = 19
)

// lookAtNumber looks for the number of a card at i, and returns the end of the
// run of digits.
func (s *scan) lookAtNumber(i int) int {
	end := i + 1
	for end < len(s.text) && s.text[end]-'0' <= 9 {
		end++
	}
	if n := end - i; n >= shortestCard {
		s.wholeNumber(i, end)
	} else if n == 4 {
		if mark := s.groupMark(end); mark > 0 {
			s.groups(i, s.text[end:end+mark])
		}
	}
	return end
}

// groupMarks are what stands between the groups of a number.
var groupMarks = []string{"%20", "  ", "\u00a0", "\u2009", "\u202f", "\u2010", "\u2011", "\u2012", "\u2013", "\u2212"}

// groupMark returns the length of the mark between groups at i, or 0.
func (s *scan) groupMark(i int) int {
	switch b := s.at(i); b {
	case ' ', '-', '.', '_', '+', '\t':
		if s.is(i+1, digit) {
			return 1
		}
		if b != ' ' {
			return 0
		}
	case '%', 0xc2, 0xe2:
	default:
		return 0
	}
	for _, mark := range groupMarks {
		if strings.HasPrefix(s.text[i:], mark) {
			return len(mark)
		}
	}
	return 0
}

// wholeNumber takes a card's number that is written in one.
func (s *scan) wholeNumber(start, end int) {
	if s.at(start-1) == '%' && end-start-2 >= shortestCard {
		start += 2 // an encoded byte comes first
	}
	if end-start > longestCard || !s.apart(start, end) || end-start > 16 && s.isID(start) {
		return
	}
	s.takeCard(start, end)
}

// groups takes a card's number in groups: 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4,
// 4-4-4-3 or 4-4-4-2.
func (s *scan) groups(start int, mark string) {
	end, groups, sizes := start+4, 1, 0
	for groups < 5 && strings.HasPrefix(s.text[end:], mark) && s.is(end+len(mark), digit) {
		from := end + len(mark)
		end = s.while(from, digit, 7)
		sizes = sizes*10 + end - from
		groups++
		if s.isGrouping(sizes) && s.apart(start, end) && s.takeCard(start, end) {
			return
		}
	}
}

func (s *scan) isGrouping(sizes int) bool {
	switch sizes {
	case 444, 4443, 65, 64, 443, 442:
		return true
	}
	return false
}

// apart reports whether the number is no part of a word, of a longer number or
// of a fraction.
func (s *scan) apart(start, end int) bool {
	if !s.begins(start) && s.at(start-3) != '%' && !s.isNamed(start) || s.is(end, word) && !s.isTrack(end) || s.at(end) == '_' {
		return false
	}
	switch s.at(start - 1) {
	case '.', ',':
		if s.is(start-2, digit) {
			return false
		}
	case '-':
		if s.is(start-2, digit) || s.is(start-2, hexLetter) && s.is(start-3, word) {
			return false
		}
	}
	next := s.at(end)
	return next != '.' && next != '-' || !s.is(end+1, word)
}

// isNamed reports whether the number at i follows the name of what it is without
// a mark between, or begins the first track of a card.
func (s *scan) isNamed(i int) bool {
	for _, name := range []string{"pan", "card", "visa", "amex", "%b"} {
		if s.after(i, name) {
			return true
		}
	}
	return false
}

// isTrack reports whether a card's second track goes on at i, which parts the
// number from its date with a D.
func (s *scan) isTrack(i int) bool {
	return s.at(i) == 'D' && s.while(i+1, digit, 7) == i+8
}

// isID reports whether the key before the number at i ends with id: such numbers
// are too often 64 random bits.
func (s *scan) isID(i int) bool {
	for n := 0; n < 6 && (s.is(i-1, quote|blank) || s.at(i-1) == '=' || s.at(i-1) == ':' || s.at(i-1) == '\\'); n++ {
		i--
	}
	return s.after(i, "id") || i == 0 && s.id
}

func (s *scan) takeCard(start, end int) bool {
	first, n, ok := luhn(s.text[start:end])
	if !ok || n < shortestCard || n > longestCard || !issued(first, n) {
		return false
	}
	s.found(card, start, end)
	return true
}

// luhn returns the first four digits of a number and how many it has, and whether
// its last one checks the others.
func luhn(number string) (first, n int, ok bool) {
	sum := 0
	for i := len(number) - 1; i >= 0; i-- {
		if !is(number[i], digit) {
			continue
		}
		if number[max(0, i-2):i+1] == "%20" {
			i -= 2
			continue
		}
		d := int(number[i] - '0')
		if n%2 == 1 {
			d *= 2
			d -= d / 10 * 9
		}
		sum += d
		n++
	}
	for i := range 5 {
		if i < len(number) && first < 1000 && is(number[i], digit) {
			first = first*10 + int(number[i]-'0')
		}
	}
	return first, n, sum%10 == 0
}

func issued(first, n int) bool {
	for _, r := range issuers {
		lead := first
		for range 4 - r.digits {
			lead /= 10
		}
		if lead >= r.low && lead <= r.high && r.lengths>>n&1 != 0 {
			return true
		}
	}
	return false
}
