package redact

import "strings"

// longestKey is how far back a key is read.
const longestKey = 64

// key is a key of which the value may be a secret.
type key struct {
	*keyWord

	detector detector
	start    int
	// name is all of the key, and before the byte before it.
	name   string
	before byte
}

// keyBefore returns the key that ends before a sign at i: past blanks and what
// closes a quoted or bracketed key.
func (s *scan) keyBefore(i int) (key, bool) {
	for n := 0; n < longestKey && s.is(i-1, blank); n++ {
		i--
	}
	for n := 0; n < 8 && (!s.is(i-1, alpha) || s.at(i-3) == '%'); n++ {
		width := s.closingBefore(i)
		if width == 0 {
			break
		}
		i -= width
	}
	end := i
	for n := 0; n < 3 && s.is(end-1, digit); n++ {
		end-- // the second of several, as in password2
	}
	if end < i && (s.after(end, "unseal key ") || s.after(end, "recovery key ")) {
		end--
	}
	k, ok := s.keyEnding(end)
	return k, ok && (end == i || !k.query)
}

// keyEnding returns the key that ends at the place.
func (s *scan) keyEnding(end int) (key, bool) {
	if end < 2 || !s.r.keys.may(s.text[end-2], s.text[end-1]) {
		return key{}, false
	}
	words := s.r.keys.words[pairOf(s.text[end-2], s.text[end-1])]
	for i := range words {
		w := &words[i]
		if start, ok := s.wordEnding(end, w.text); ok && s.allowed(w.keyWord, start) {
			first := s.keyStart(start)
			return key{keyWord: w.keyWord, detector: w.detector, start: first, name: s.text[first:end], before: s.at(first - 1)}, true
		}
	}
	return key{}, false
}

// wordEnding returns where a word begins that ends at the place.
func (s *scan) wordEnding(end int, word string) (int, bool) {
	i := end
	for n := len(word) - 1; n >= 0; n-- {
		if word[n] == '_' {
			if s.is(i-1, keyMark|blank) {
				i--
			}
			continue
		}
		if i == 0 || fold(s.text[i-1]) != word[n] {
			return 0, false
		}
		i--
	}
	return i, true
}

func (s *scan) allowed(w *keyWord, start int) bool {
	if w.apart && !s.begins(start) && !s.camel(start) {
		return false
	}
	if w.query && !s.isParameter(s.keyStart(start)) {
		return false
	}
	return w.text != "token" || !s.isNoToken(start)
}

// camel reports whether a word of a key in camel case begins at i.
func (s *scan) camel(i int) bool {
	return s.is(i, upper) && s.is(i-1, lower|digit)
}

// keyStart returns where the key begins that has a word at i.
func (s *scan) keyStart(i int) int {
	for n := 0; n < longestKey && s.is(i-1, word|keyMark|high); n++ {
		i--
	}
	return i
}

// isParameter reports whether a URL's parameter begins at i. An encoded sign
// reads as part of the key.
func (s *scan) isParameter(i int) bool {
	switch s.at(i - 1) {
	case '?', '&', ';':
		return true
	case '%':
		return s.has(i, "26") || s.has(i, "3f")
	case '\\':
		return s.has(i, "u0026")
	default:
		return false
	}
}

// isNoToken reports whether the word token at i is not of the kind that is
// secret.
func (s *scan) isNoToken(i int) bool {
	end := i
	if s.is(i-1, keyMark|blank) {
		end--
	}
	for _, before := range notTokens {
		if s.after(end, before) && (s.begins(end-len(before)) || s.camel(end-len(before))) {
			return true
		}
	}
	return false
}

// least returns the length from which the value of the key is taken for a
// secret.
func (k key) least() int {
	if k.bare && len(k.name) > len(k.text) {
		return 0
	}
	return k.min
}

// isWorkingDirectory tells the PWD of an environment from a password.
func (k key) isWorkingDirectory(value string) bool {
	if k.before == ';' || k.name != "PWD" && k.name != "OLDPWD" && k.name != "pwd" {
		return false
	}
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "~") ||
		len(value) > 2 && value[1] == ':' && value[2] == '\\'
}
