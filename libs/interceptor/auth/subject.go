package auth

import "strings"

// maxSubject is the longest subject in bytes.
const maxSubject = 256

// subjectCharacters are those of an API key's subject and what the subjects of
// issuers and SPIFFE ids have beside them. None of them needs escaping in a log
// line or in a key of a store.
const subjectCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@:/|"

const subjectRule = `1 to 256 characters of A-Z, a-z, 0-9 and "._-@:/|"`

// isSubject tells whether s can be the subject of a JWT or of a certificate.
func isSubject(s string) bool {
	return len(s) >= 1 && len(s) <= maxSubject && strings.Trim(s, subjectCharacters) == ""
}
