package redact

// trigger is what a byte may be part of.
type trigger uint8

const (
	none        trigger = iota
	pairSign            // ends a key, or a URL's scheme, or a bot's number
	atSign              // follows a local part or a user
	quoteSign           // ends a quoted key, or begins a quoted value
	greaterSign         // ends a tag
	dashSign            // begins an option or a key in PEM, or ends a prefix
	markSign            // ends a prefix
	letterSign          // is in a prefix
	percentSign         // begins an encoded byte
	slashSign           // begins an escape
	entitySign          // ends an escaped tag
	dollarSign          // begins a hash of a password
	highSign            // begins a sign beyond ASCII
	tildeSign           // is in a key of Azure
	digitSign           // begins a number
)

// triggersOf returns the triggers of the detectors that are switched on.
func triggersOf(has func(detector) bool) (table [256]trigger) {
	set := func(t trigger, chars string, of ...detector) {
		for _, d := range of {
			for i := 0; i < len(chars) && has(d); i++ {
				table[chars[i]] = t
			}
		}
	}
	set(pairSign, ":=", credentials, authorization, cloudKey, privateKey)
	set(atSign, "@", credentials, email)
	set(quoteSign, `"'`, credentials, authorization, privateKey)
	set(entitySign, ";", credentials)
	set(dollarSign, "$", credentials, cloudKey)
	set(highSign, "\xef\xe2", credentials, authorization)
	set(tildeSign, "~", cloudKey)
	set(greaterSign, ">", credentials)
	set(dashSign, "-", credentials, privateKey, cloudKey)
	set(markSign, "_.", cloudKey)
	set(letterSign, "KSz", cloudKey)
	set(letterSign, "J", jwt, cloudKey, credentials)
	set(letterSign, "SH", credentials)
	set(letterSign, "Bb", authorization)
	set(percentSign, "%", credentials, authorization, email)
	set(slashSign, `\`, credentials, authorization)
	set(digitSign, "0123456789", card)
	return table
}

// scan is one pass over a text.
type scan struct {
	r     *Redactor
	text  string
	spans []span
	// id: the text is the value of a field of which the name ends with id.
	id bool

	// Places from which a matcher goes on, so that none reads a byte again and
	// again.
	pairsFrom, tokensFrom, schemesFrom, keysFrom, vendorsFrom, mixedFrom int
	// pemFrom: before it no private key ends that was not found.
	pemFrom int
	// The run of base64 that was looked at last.
	tokensStart, tokensEnd int
	// Whether the text has a key in JSON, once that was looked for.
	jwkLooked, jwkFound bool
	// decoded counts the bytes of supposed tokens that were decoded.
	decoded int
	// named is the key that a pair `name: key` announced for the pair
	// `value: secret` that begins before namedUntil.
	namedKey   key
	namedUntil int
	// work counts the bytes that the matchers read whose reach is not bounded.
	work int
}

// run finds what there is.
func (s *scan) run() {
	s.detect()
	for _, rule := range s.r.patterns {
		s.runPattern(rule)
	}
}

// detect finds what the detectors look for.
func (s *scan) detect() {
	text, triggers := s.text, &s.r.triggers
	for i := 0; i < len(text); {
		switch t := triggers[text[i]]; t {
		case none:
			i++
		case digitSign:
			i = s.lookAtNumber(i)
		default:
			i = s.look(t, i)
		}
	}
}

// look looks closer at the trigger at i, and returns where to go on.
func (s *scan) look(t trigger, i int) int {
	switch t {
	case pairSign:
		s.lookAtPair(i)
	case atSign:
		s.lookAtHost(i, i+1)
		s.lookAtEmail(i, i+1)
	case quoteSign:
		s.lookAtQuote(i)
	case greaterSign:
		s.lookAtTag(i)
	case dashSign:
		s.lookAtDash(i)
	case markSign:
		s.lookAtPrefix(i)
		if s.text[i] == '.' && s.at(i+7) == '.' {
			s.lookAtBotOfDiscord(i)
		}
	case letterSign:
		s.lookAtLetter(i)
	case percentSign:
		return s.lookAtPercent(i)
	case slashSign:
		s.lookAtEscape(i)
	case entitySign:
		s.lookAtEntity(i)
	case dollarSign:
		s.lookAtPrefix(i)
		s.lookAtCrypt(i)
	case highSign:
		s.lookAtWide(i)
	case tildeSign:
		s.lookAtAzure(i)
	case none, digitSign:
	}
	return i + 1
}

func (s *scan) lookAtLetter(i int) {
	switch s.text[i] {
	case 'J':
		s.lookAtToken(i)
		s.lookAtPayload(i)
	case 'H':
		s.lookAtAuth(i)
	case 'S':
		s.lookAtPass(i)
		s.lookAtPrefix(i)
	case 'b', 'B':
		s.lookAtScheme(i)
	default:
		s.lookAtPrefix(i)
	}
}

func (s *scan) lookAtDash(i int) {
	if s.at(i+1) == '-' && s.at(i-1) != '-' {
		s.lookAtPEM(i)
	}
	if s.is(i-1, word) {
		s.lookAtPrefix(i)
		s.lookAtMailchimp(i)
		return
	}
	s.lookAtOption(i)
}

func (s *scan) runPattern(rule int) {
	for _, m := range s.r.rules[rule].pattern.FindAllStringSubmatchIndex(s.text, -1) {
		if len(m) >= 4 && m[2] >= 0 {
			m = m[2:]
		}
		s.add(rule, m[0], m[1])
	}
}
