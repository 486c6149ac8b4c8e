package redact

// kind is how the value of a key is read.
type kind uint8

const (
	secretValue        kind = iota
	phraseValue             // words
	authorizationValue      // a scheme and what belongs to it
	cookieValue             // all of a Cookie header
	setCookieValue          // the first pair of a Set-Cookie header
	nameValue               // the name of a key: its value comes in another pair
	valueValue              // that value
	basicValue              // user and password in base64
)

// keyWord is what a key ends with.
type keyWord struct {
	// text in lower case; a `_` may be any mark that joins words, or nothing.
	text string
	kind kind
	// of are the detectors that look for it.
	of []detector
	// min is the length from which the value is taken for a secret, 0 for any:
	// the word is used for other things too. For a bare word, it holds only where
	// the key is the word itself.
	min  int
	bare bool
	// apart: the word does not end a longer one.
	apart bool
	// query: the key is a parameter of a URL.
	query bool
}

var (
	ofCredentials   = []detector{credentials}
	ofCloud         = []detector{credentials, cloudKey}
	ofAuthorization = []detector{authorization}
)

// keyWords are in the order in which they are tried.
var keyWords = []keyWord{
	{text: "pass_word", of: ofCredentials},
	{text: "pass_wd", of: ofCredentials},
	{text: "pass_phrase", kind: phraseValue, of: ofCredentials},
	{text: "pass_code", of: ofCredentials},
	{text: "pwd", of: ofCredentials},
	{text: "pswd", of: ofCredentials},
	{text: "pw", of: ofCredentials, min: 3, apart: true},
	{text: "require_pass", of: ofCredentials},
	{text: "user_pass", of: ofCredentials},
	{text: "root_pass", of: ofCredentials},
	{text: "admin_pass", of: ofCredentials},
	{text: "db_pass", of: ofCredentials},
	{text: "key_pass", of: ofCredentials},
	{text: "store_pass", of: ofCredentials},
	{text: "ssh_pass", of: ofCredentials},
	{text: "pass", of: ofCredentials, min: 3, bare: true, apart: true},
	{text: "secret", of: ofCredentials},
	{text: "token", of: ofCredentials, min: 6, bare: true},
	{text: "credential", of: ofCredentials, min: 8},
	{text: "credentials", of: ofCredentials, min: 8},
	{text: "jwt", of: ofCredentials, min: 16, apart: true},
	{text: "bearer", of: ofCredentials, min: 16, apart: true},
	{text: "auth", kind: basicValue, of: ofCredentials, apart: true},
	{text: "j_session_id", of: ofCredentials},
	{text: "php_sess_id", of: ofCredentials},
	{text: "asp_net_session_id", of: ofCredentials},
	{text: "secret_access_key", of: ofCloud},
	{text: "shared_access_key", of: ofCloud},
	{text: "account_key", of: ofCloud, min: 8},
	{text: "storage_key", of: ofCredentials, min: 16},
	{text: "access_key", of: ofCredentials, min: 8},
	{text: "api_key", of: ofCredentials},
	{text: "secret_key_base", of: ofCredentials},
	{text: "secret_key", of: ofCredentials},
	{text: "private_key", of: ofCredentials},
	{text: "encryption_key", of: ofCredentials, min: 8},
	{text: "encrypt_key", of: ofCredentials, min: 8},
	{text: "decryption_key", of: ofCredentials, min: 8},
	{text: "signing_key", of: ofCredentials, min: 8},
	{text: "sign_key", of: ofCredentials, min: 8},
	{text: "signature_key", of: ofCredentials, min: 8},
	{text: "shared_key", of: ofCredentials, min: 8},
	{text: "master_key", of: ofCredentials, min: 8},
	{text: "hmac_key", of: ofCredentials, min: 8},
	{text: "hash_key", of: ofCredentials, min: 16},
	{text: "auth_key", of: ofCredentials, min: 8},
	{text: "ssh_key", of: ofCredentials, min: 8},
	{text: "deploy_key", of: ofCredentials, min: 8},
	{text: "session_key", of: ofCredentials, min: 8},
	{text: "subscription_key", of: ofCredentials, min: 8},
	{text: "service_key", of: ofCredentials, min: 16},
	{text: "consumer_key", of: ofCredentials, min: 16},
	{text: "license_key", of: ofCredentials, min: 8},
	{text: "app_key", of: ofCredentials, min: 16, apart: true},
	{text: "application_key", of: ofCredentials, min: 16},
	{text: "sig", of: ofCloud, min: 8, apart: true, query: true},
	{text: "signature", of: ofCloud, min: 8, query: true},
	{text: "shared_access_signature", of: ofCloud, min: 8},
	{text: "authorization", kind: authorizationValue, of: ofAuthorization},
	{text: "set_cookie", kind: setCookieValue, of: ofAuthorization},
	{text: "cookie", kind: cookieValue, of: ofAuthorization, apart: true},
	{text: "name", kind: nameValue, of: ofCredentials, bare: true, apart: true},
	{text: "key", kind: nameValue, of: ofCredentials, bare: true, apart: true},
	{text: "value", kind: valueValue, of: ofCredentials, bare: true, apart: true},
}

// notTokens are what comes before the word token where it is no secret.
var notTokens = []string{
	"page", "next", "previous", "prev", "continuation", "continue", "sync", "resume", "cancellation",
	"start", "stop", "begin", "end", "eos", "bos", "pad", "unk", "max", "min", "num", "per",
	"unexpected", "mismatched", "extraneous",
}

// keyIndex has the words by the last letter that they are told apart by.
type keyIndex struct {
	// last tells of a pair of last letters, in lower case, that a word may end
	// with it: a bit for each letter before the last.
	last  [256]uint32
	words [256][]indexedWord
}

type indexedWord struct {
	*keyWord

	detector detector
}

func newKeyIndex(has func(detector) bool) keyIndex {
	var x keyIndex
	for i := range keyWords {
		w := &keyWords[i]
		for _, d := range w.of {
			if has(d) {
				x.put(w, d)
				break
			}
		}
	}
	return x
}

func (x *keyIndex) put(w *keyWord, d detector) {
	n := len(w.text)
	lastLetter, before := w.text[n-1], w.text[n-2]
	for _, c := range []byte{lastLetter, lastLetter - 'a' + 'A'} {
		x.last[c] |= 1 << (before - 'a')
		x.words[c] = append(x.words[c], indexedWord{w, d})
	}
}

// may reports whether a word may end with these letters.
func (x *keyIndex) may(before, last byte) bool {
	letters := x.last[last]
	return letters != 0 && is(before, alpha) && letters>>(fold(before)-'a')&1 != 0
}
