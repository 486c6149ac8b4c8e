package block

// addWords adds the words of a text to a set.
func (s *hashSet) addWords(text []byte) {
	for i := 0; i < len(text); {
		from := i
		for i < len(text) && classes[text[i]] != 0 {
			i++
		}
		if i == from {
			i++
			continue
		}
		s.add(wordHash(text[from:i]))
	}
}

// wordHash is the hash of a word in lower case.
func wordHash(word []byte) uint64 {
	hash := uint64(basis)
	for _, c := range word {
		if c-'A' < 26 {
			c |= 0x20
		}
		hash = (hash ^ uint64(c)) * prime
	}
	return finish(hash)
}

// WordHashes are the hashes of the words that a message must have if it
// contains the text, whatever the case: those that do not touch the text's
// ends, where the message's word may go on.
func WordHashes(text string) []uint64 {
	b := appendEscaped(nil, text)
	for len(b) > 0 && classes[b[0]] != 0 {
		b = b[1:]
	}
	for len(b) > 0 && classes[b[len(b)-1]] != 0 {
		b = b[:len(b)-1]
	}
	var set hashSet
	set.addWords(b)
	var hashes []uint64
	for _, hash := range set.slots {
		if hash != 0 {
			hashes = append(hashes, hash)
		}
	}
	return hashes
}
