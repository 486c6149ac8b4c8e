package redact

import "strings"

// vendorIndex has the vendors by the byte of the prefix that is its trigger and
// the one before that.
type vendorIndex struct {
	of [1024][]indexedVendor
	// before tells of a trigger which bytes come before it, by their low 5 bits.
	before [256]uint32
	hooks  []indexedHook
}

// indexedHook is a webhook that has its first dot at a place, behind a byte.
type indexedHook struct {
	path   string
	at     int
	before byte
}

// indexedVendor has its trigger at a place of the prefix, behind another byte.
type indexedVendor struct {
	*vendor

	at     int
	before byte
}

func newVendorIndex() (x vendorIndex) {
	for i := range vendors {
		v := &vendors[i]
		at := v.triggerAt()
		trigger, before := v.prefix[at], v.prefix[at-1]
		pair := pairOf(before, trigger)
		x.of[pair] = append(x.of[pair], indexedVendor{vendor: v, at: at, before: before})
		x.before[trigger] |= 1 << (before & 31)
	}
	for _, hook := range webhooks {
		at := strings.IndexByte(hook, '.')
		x.hooks = append(x.hooks, indexedHook{path: hook, at: at, before: hook[at-1]})
		x.before['.'] |= 1 << (hook[at-1] & 31)
	}
	return x
}

// triggerAt returns the place of the prefix's trigger: a mark at its end, or a
// rare letter.
func (v *vendor) triggerAt() int {
	if last := len(v.prefix) - 1; strings.IndexByte("_-.$", v.prefix[last]) >= 0 {
		return last
	}
	return 1 + strings.IndexAny(v.prefix[1:], "KSz")
}

// lookAtPrefix looks for a key of a vendor that has its trigger at i.
func (s *scan) lookAtPrefix(i int) {
	trigger := s.text[i]
	if i == 0 || s.r.vendors.before[trigger]>>(s.text[i-1]&31)&1 == 0 {
		return
	}
	if trigger == '.' {
		s.lookAtWebhook(i)
	}
	candidates := s.r.vendors.of[pairOf(s.text[i-1], trigger)]
	for n := range candidates {
		v := &candidates[n]
		start := i - v.at
		if v.before != s.text[i-1] || v.prefix[v.at] != trigger || start < s.vendorsFrom || !strings.HasPrefix(s.text[start:], v.prefix) {
			continue
		}
		if end, ok := s.vendorEnd(v.vendor, start); ok {
			for n := 0; v.prefix[0] == '.' && n < 20 && s.is(start-1, word); n++ {
				start-- // an id comes first
			}
			s.found(cloudKey, start, end)
			s.vendorsFrom = end
			if v.mask == upper|digit && v.exact {
				s.lookBeside(start, end)
			}
			return
		}
	}
}

func (s *scan) vendorEnd(v *vendor, start int) (int, bool) {
	if v.apart && !s.begins(start) || v.mixed && start < s.mixedFrom {
		return 0, false
	}
	body := start + len(v.prefix)
	end := body
	mixed := uint16(0)
	for end < len(s.text) && (!v.exact || end-body <= v.least) && (s.is(end, v.mask) || strings.IndexByte(v.marks, s.text[end]) >= 0) {
		mixed |= bits[s.text[end]]
		end++
	}
	s.work += end - body
	for end > body && (s.text[end-1] == '.' || s.text[end-1] == '-' && end == len(s.text)) {
		end--
	}
	switch {
	case end-body < v.least, v.exact && (end-body > v.least || s.is(end, word)):
		return 0, false
	case v.mixed && mixed&(lower|upper|digit) != lower|upper|digit:
		s.mixedFrom = end
		return 0, false
	}
	return end, true
}

const (
	secretLength = 40  // of an AWS secret access key
	besideLength = 192 // how far from its id it is looked for
)

// lookBeside looks for the secret access key before and after its id.
func (s *scan) lookBeside(start, end int) {
	s.lookForSecret(max(0, start-besideLength), start)
	s.lookForSecret(end, min(len(s.text), end+besideLength))
}

func (s *scan) lookForSecret(i, limit int) {
	for i < limit {
		end, all := i, uint16(0)
		for end < len(s.text) && end-i <= secretLength && (s.is(end, word) || s.text[end] == '+' || s.text[end] == '/') {
			all |= bits[s.text[end]]
			end++
		}
		if end-i == secretLength && all&(lower|upper|digit) == lower|upper|digit && !s.is(i-1, word) {
			s.found(cloudKey, i, end)
		}
		for end-i > secretLength && end < limit && (s.is(end, word) || s.text[end] == '+' || s.text[end] == '/') {
			end++
		}
		i = end + 1
	}
}

// lookAtBot looks for a Telegram bot's token, which has a number before the
// colon at i.
func (s *scan) lookAtBot(i int) {
	if s.r.of[cloudKey] < 0 || s.at(i+1) != 'A' || s.at(i+2) != 'A' {
		return
	}
	start := i
	for start > 0 && i-start < 12 && s.is(start-1, digit) {
		start--
	}
	end := i + 1
	for end < len(s.text) && end-i <= 48 && (s.is(end, word) || s.text[end] == '_' || s.text[end] == '-') {
		end++
	}
	if i-start >= 6 && end-i-1 >= 32 && end-i <= 48 {
		s.found(cloudKey, start, end)
	}
}
