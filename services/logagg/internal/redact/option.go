package redact

import "strings"

// shortOption is an option of a program that is followed by a password.
type shortOption struct {
	program string
	letter  byte
	// attached: the password follows without a blank, and only so.
	attached bool
	// user: it comes after a user and a colon.
	user bool
}

var shortOptions = []shortOption{
	{program: "mysql", letter: 'p', attached: true}, {program: "mysqldump", letter: 'p', attached: true},
	{program: "mysqladmin", letter: 'p', attached: true}, {program: "mysqlimport", letter: 'p', attached: true},
	{program: "mariadb", letter: 'p', attached: true}, {program: "mariadb-dump", letter: 'p', attached: true},
	{program: "sshpass", letter: 'p', attached: true}, {program: "7z", letter: 'p', attached: true},
	{program: "sshpass", letter: 'p'}, {program: "docker login", letter: 'p'}, {program: "podman login", letter: 'p'},
	{program: "mongo", letter: 'p'}, {program: "mongosh", letter: 'p'}, {program: "mongodump", letter: 'p'},
	{program: "redis-cli", letter: 'a'}, {program: "ldapsearch", letter: 'w'}, {program: "ldapmodify", letter: 'w'},
	{program: "ldapadd", letter: 'w'}, {program: "sqlcmd", letter: 'P'}, {program: "bcp", letter: 'P'}, {program: "az login", letter: 'p'},
	{program: "mongoexport", letter: 'p'}, {program: "mongoimport", letter: 'p'}, {program: "mongorestore", letter: 'p'}, {program: "zip", letter: 'P'},
	{program: "unzip", letter: 'P'}, {program: "curl", letter: 'u', user: true}, {program: "curl", letter: 'U', user: true},
}

// lookAtOption looks for `--password secret`, also as elements of a list, and for
// the short options that are known, from the dash at i.
func (s *scan) lookAtOption(i int) {
	if s.r.of[credentials] < 0 || i < s.pairsFrom || i > 0 && !s.is(i-1, space|blank|quote) && s.text[i-1] != '[' && s.text[i-1] != '(' {
		return
	}
	start := i + 1
	if s.at(start) == '-' {
		start++
	} else if s.is(start, alpha) {
		s.lookAtShortOption(start)
	}
	end := s.while(start, word|keyMark, longestKey)
	k, ok := s.keyEnding(end)
	if !ok || k.kind >= nameValue || s.has(start, "no-") {
		if end-start == 4 && (s.has(start, "user") || s.has(start, "proxy-user")) {
			s.takeAfterUser(s.while(end, blank, longestKey))
		}
		return
	}
	v := s.while(end, blank, longestKey)
	if s.is(end, quote) || s.at(end) == '\\' {
		v = s.nextElement(end)
	}
	if v > end && s.at(v) != '-' && v < len(s.text) {
		s.values(k, v, context{})
	}
}

// nextElement returns the next text of a list after one that ends at the quote at
// i, or i.
func (s *scan) nextElement(i int) int {
	end := i
	for n := 0; n < 8 && (s.is(end, quote) || s.at(end) == '\\'); n++ {
		end++
	}
	next := s.while(end, blank, longestKey)
	if s.at(next) == ',' {
		next = s.while(next+1, blank, longestKey)
	} else if next == end {
		return i
	}
	if prefix := s.while(next, alpha, 2); s.is(prefix, quote) {
		next = prefix
	}
	if !s.is(next, quote) && s.at(next) != '\\' {
		return i
	}
	return next
}

func (s *scan) lookAtShortOption(i int) {
	letter := s.text[i]
	if strings.IndexByte("pPauUw", letter) < 0 || !s.is(i-2, space|blank|quote) {
		return
	}
	before := s.text[max(0, i-farthestUser):i]
	if line := strings.LastIndexByte(before, '\n'); line >= 0 {
		before = before[line:]
	}
	for _, o := range shortOptions {
		attached := !s.is(i+1, blank)
		if o.letter != letter || o.attached != attached && !o.user || !mentions(before, o.program) {
			continue
		}
		start := s.while(i+1, blank, longestKey)
		if o.user {
			s.takeAfterUser(start)
		} else {
			s.takeArgument(start)
		}
		return
	}
}

// mentions reports whether a program is called in a text.
func mentions(text, program string) bool {
	i := strings.Index(text, program)
	if i < 0 || i > 0 && is(text[i-1], word) {
		return false
	}
	end := i + len(program)
	return end < len(text) && (is(text[end], blank|quote) || text[end] == '.')
}

// takeArgument takes an argument of a program as a password.
func (s *scan) takeArgument(i int) {
	v := s.valueAt(key{keyWord: &keyWords[0]}, i, context{})
	if v.end-v.start >= 2 && s.text[v.start] != '-' && !s.isMarkOnly(v) && !isTemplate(s.text[v.start:v.end]) {
		s.found(credentials, v.start, v.end)
		s.pairsFrom = max(s.pairsFrom, v.end)
	}
}

// takeAfterUser takes the password of an argument `user:password`.
func (s *scan) takeAfterUser(i int) {
	v := s.valueAt(key{keyWord: &keyWords[0]}, i, context{})
	if colon := strings.IndexByte(s.text[v.start:v.end], ':'); colon >= 0 {
		s.takePassword(v.start+colon+1, v.end)
	}
}
