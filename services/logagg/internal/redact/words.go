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
	// quoted: the value is a text in quotes, or a list of them. code: it is of
	// three to eight digits. random: it is no word of a language.
	quoted, code, random bool
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
	{text: "psw", of: ofCredentials, min: 3, apart: true},
	{text: "psk", of: ofCredentials, min: 6, apart: true},
	{text: "bind_pw", of: ofCredentials},
	{text: "root_pw", of: ofCredentials},
	{text: "pass_words", of: ofCredentials, quoted: true},
	{text: "api_keys", of: ofCredentials, quoted: true},
	{text: "pass_word_confirmation", of: ofCredentials},
	{text: "pass_word_confirm", of: ofCredentials},
	{text: "pass_word_repeat", of: ofCredentials},
	{text: "pass_word_again", of: ofCredentials},
	{text: "pass_word_hash", of: ofCredentials, min: 16},
	{text: "pass_word_digest", of: ofCredentials, min: 16},
	{text: "passwort", of: ofCredentials, min: 3},
	{text: "kennwort", of: ofCredentials, min: 3},
	{text: "contrasena", of: ofCredentials, min: 3},
	{text: "senha", of: ofCredentials, min: 3, apart: true},
	{text: "wachtwoord", of: ofCredentials, min: 3},
	{text: "mot_de_passe", of: ofCredentials, min: 3},
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
	{text: "creds", of: ofCredentials, min: 8, apart: true},
	{text: "basic_auth", of: ofCredentials, min: 8},
	{text: "otp", of: ofCredentials, apart: true, code: true},
	{text: "cvv", of: ofCredentials, apart: true, code: true},
	{text: "cvc", of: ofCredentials, apart: true, code: true},
	{text: "mnemonic", kind: phraseValue, of: ofCredentials, min: 24},
	{text: "seed_phrase", kind: phraseValue, of: ofCredentials, min: 24},
	{text: "recovery_phrase", kind: phraseValue, of: ofCredentials, min: 24},
	{text: "csrf", of: ofCredentials, min: 16, apart: true},
	{text: "xsrf", of: ofCredentials, min: 16, apart: true},
	{text: "saml_response", of: ofCredentials, min: 24},
	{text: "code_verifier", of: ofCredentials, min: 24},
	{text: "secret_id", of: ofCredentials, min: 32},
	{text: "jwt", of: ofCredentials, min: 16, apart: true},
	{text: "bearer", of: ofCredentials, min: 16, apart: true},
	{text: "auth", of: ofCredentials, min: 16, apart: true, query: true, random: true},
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
	{text: "pre_shared_key", of: ofCredentials},
	{text: "shared_key", of: ofCredentials, min: 8},
	{text: "admin_key", of: ofCredentials, min: 16},
	{text: "server_key", of: ofCredentials, min: 16},
	{text: "functions_key", of: ofCredentials, min: 16},
	{text: "unseal_key", of: ofCredentials, min: 16},
	{text: "recovery_key", of: ofCredentials, min: 16},
	{text: "aes_key", of: ofCredentials, min: 8, apart: true},
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
	{text: "write_key", of: ofCredentials, min: 16},
	{text: "app_key", of: ofCredentials, min: 16, apart: true},
	{text: "application_key", of: ofCredentials, min: 16},
	{text: "sig", of: ofCloud, min: 8, apart: true, query: true},
	{text: "signature", of: ofCloud, min: 8, query: true},
	{text: "code", of: ofCredentials, min: 20, apart: true, query: true, random: true},
	{text: "key", of: ofCredentials, min: 20, apart: true, query: true, random: true},
	{text: "shared_access_signature", of: ofCloud, min: 8},
	{text: "authorization", kind: authorizationValue, of: ofAuthorization},
	{text: "set_cookie", kind: setCookieValue, of: ofAuthorization},
	{text: "cookie", kind: cookieValue, of: ofAuthorization, apart: true},
	{text: "name", kind: nameValue, of: ofCredentials, bare: true, apart: true},
	{text: "property", kind: nameValue, of: ofCredentials, bare: true, apart: true},
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
	last [256]uint32
	// words by the pair of their last letters.
	words [1024][]indexedWord
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
	}
	at := pairOf(before, lastLetter)
	x.words[at] = append(x.words[at], indexedWord{w, d})
}

// pairOf numbers pairs of bytes by their low bits: of letters, whatever their case.
func pairOf(before, last byte) int { return int(before&31)<<5 | int(last&31) }

// may reports whether a word may end with these letters.
func (x *keyIndex) may(before, last byte) bool {
	letters := x.last[last]
	return letters != 0 && is(before, alpha) && letters>>(fold(before)-'a')&1 != 0
}
