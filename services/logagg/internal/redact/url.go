package redact

import "strings"

// farthestHost is how far behind a user the @ before a host is looked for, and
// farthestUser how far before it the user.
const (
	farthestHost = 512
	farthestUser = 128
)

// webhooks are hosts and paths of which what follows is a secret.
var webhooks = []string{
	"hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/",
	"discord.com/api/webhooks/", "discordapp.com/api/webhooks/",
	"outlook.office.com/webhook/", "webhook.office.com/webhookb2/",
}

// lookAtURL looks for a password at the beginning of a URL's authority, which
// the slash ends: a backslash where it is escaped.
func (s *scan) lookAtURL(i int, slash byte) {
	end, at, colon := i, -1, -1
	for limit := min(len(s.text), i+farthestHost); end < limit; end++ {
		c := s.text[end]
		if c == slash || c == '?' || c == '#' || is(c, space|blank|quote) || c == '<' || c == '>' {
			break
		}
		if c == '@' {
			at = end
		}
		if c == ':' && colon < 0 {
			colon = end
		}
	}
	if at < 0 && colon > 0 && (colon+1 < end && !hasOnly(s.text[colon+1:end], digit)) {
		at = s.laterAt(end) // a password with a slash or such
	}
	if at >= 0 {
		colon = s.colonIn(i, at) // a user may have an @
	}
	switch {
	case at < 0:
	case colon >= i:
		s.takePassword(colon+1, at)
	case at-i >= 20 && hasOnly(s.text[i:at], word|keyMark) && looksMixed(s.text[i:at]):
		s.takePassword(i, at) // a token in the user's place
	}
}

// colonIn returns the first colon before limit that is in no mark, or -1.
func (s *scan) colonIn(i, limit int) int {
	for ; i < limit; i++ {
		if s.text[i] == ':' {
			return i
		}
		if end, ok := s.markEnd(i); ok {
			i = end - 1
		}
	}
	return -1
}

// laterAt returns the last @ of a URL from i, or -1.
func (s *scan) laterAt(i int) int {
	at := -1
	for limit := min(len(s.text), i+farthestHost); i < limit && !s.is(i, space|blank|quote); i++ {
		if s.text[i] == '@' && s.is(i+1, word) {
			at = i
		}
	}
	return at
}

func (s *scan) takePassword(start, end int) {
	if s.isMarkOnly(value{start: start, end: end}) || isMask(s.text[start:end]) || isTemplate(s.text[start:end]) {
		return
	}
	s.found(credentials, start, end)
}

// looksMixed reports whether a word has letters and digits.
func looksMixed(text string) bool { return hasAny(text, digit) && hasAny(text, alpha) }

// lookAtHost looks for `user:password@` before the host at i, where no scheme is:
// before `tcp(` and the like, as MySQL has it, and before a host and port.
func (s *scan) lookAtHost(at, i int) {
	if s.at(i) != ':' && s.lookAtOracle(at) {
		return
	}
	if !s.isDial(i) && !s.isHostAndPort(i) {
		return
	}
	start := at
	for start > max(0, at-farthestUser) && !s.is(start-1, space|blank|quote) {
		start--
	}
	colon := strings.IndexByte(s.text[start:at], ':')
	if colon < 0 || strings.Contains(s.text[start:at], "://") {
		return
	}
	user := s.text[start : start+colon]
	if cut := strings.LastIndexAny(user, "=,([<>"); cut >= 0 {
		user = user[cut+1:]
	}
	if user != "" && is(user[0], alpha) && !isOneOf([]string{"mailto", "sip", "sips", "xmpp", "from", "to"}, user) {
		s.takePassword(start+colon+1, at)
	}
}

// lookAtOracle looks for `user/password@` as Oracle's tools and drivers have it.
func (s *scan) lookAtOracle(at int) bool {
	start := at
	slash := -1
	for start > max(0, at-farthestUser) && !s.is(start-1, space|blank|quote) && s.text[start-1] != ':' {
		start--
		if s.text[start] == '/' {
			slash = start
		}
	}
	if slash <= start || slash+1 >= at || !s.after(start, "jdbc:oracle:thin:") && !s.after(start, "jdbc:oracle:oci:") && !s.after(start, "sqlplus ") {
		return false
	}
	s.takePassword(slash+1, at)
	return true
}

func (s *scan) isDial(i int) bool {
	return s.has(i, "tcp(") || s.has(i, "unix(") || s.has(i, "udp(") || s.has(i, "tcp6(")
}

func (s *scan) isHostAndPort(i int) bool {
	end := s.while(i, word|keyMark, 253)
	if end == i || s.at(end) != ':' || strings.EqualFold(s.text[i:end], "sha256") {
		return false
	}
	port := s.while(end+1, digit, 6)
	return port-end >= 3 && port-end <= 6 && !s.is(port, word)
}

// lookAtWebhook looks for the paths of webhooks from the dot at i.
func (s *scan) lookAtWebhook(i int) {
	for n := range s.r.vendors.hooks {
		hook := &s.r.vendors.hooks[n]
		if hook.before != s.text[i-1] || !s.has(i-hook.at, hook.path) {
			continue
		}
		start := i - hook.at + len(hook.path)
		end := start
		for end < len(s.text) && end-start < 1024 && (s.is(end, word|keyMark|base64Mark) || s.text[end] == '@') {
			end++
		}
		for end > start && s.text[end-1] == '.' {
			end--
		}
		if end-start >= 16 {
			s.found(cloudKey, start, end)
		}
	}
}
