package demo

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// secretsOfAKind is how many entries have a secret of each kind.
const secretsOfAKind = 10

// secretKind is a kind of secrets, and where they stand.
type secretKind struct {
	// rule of redaction that finds it.
	rule string
	// make makes a new one. parts of it must not be found again, however little
	// is left of it.
	make func(*rand.Rand) (secret string, parts []string)
	// before and after it in the message; both empty for one in a field.
	before, after string
}

// secretKinds are ten, in 100 entries.
func secretKinds() []secretKind {
	return []secretKind{
		{"credentials", randomSecret(20), "login of anna failed, password=", ""},
		{"credentials", randomSecret(24), `config loaded: {"pool":8,"api_key":"`, `"}`},
		{"credentials", randomSecret(16), "connected to postgres://shop:", "@db.internal:5432/shop"},
		{"authorization", randomSecret(40), "", ""},
		{"jwt", makeJWT, "session opened with ", " for anna"},
		{"private-key", makePEM, "certificate renewed, its key follows\n", ""},
		{"cloud-key", makeCloudKey, "bucket opened with key ", ""},
		{"card", makeCard, "charged card ", " at terminal 7"},
		{"email", makeEmail, "receipt mailed to ", " just now"},
		{"customer", makeCustomer, "order placed by ", ""},
	}
}

// put puts a secret into an entry and returns the message as it is indexed.
func (k *secretKind) put(secret string, e *storyEntry) (indexed string) {
	switch {
	case k.before == "":
		e.Message = "request without a session"
		e.Fields["authorization"] = "Bearer " + secret
		e.fields["authorization"] = "Bearer " + mark(k.rule)
		return e.Message
	case k.rule == "customer": // is dropped
		indexed = k.before + k.after
	default:
		indexed = k.before + mark(k.rule) + k.after
	}
	e.Message = k.before + secret + k.after
	return indexed
}

// mark is what stands in the place of a secret.
func mark(rule string) string { return "[redacted:" + rule + "]" }

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyz"
)

func randomText(r *rand.Rand, alphabet string, length int) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func randomWord(r *rand.Rand, length int) string {
	return randomText(r, letters+strings.ToUpper(letters)+digits, length)
}

// halves are the parts of a secret that is random from end to end.
func halves(secret string) []string {
	return []string{secret[:len(secret)/2], secret[len(secret)/2:]}
}

func randomSecret(length int) func(*rand.Rand) (string, []string) {
	return func(r *rand.Rand) (string, []string) {
		secret := randomWord(r, length)
		return secret, halves(secret)
	}
}

func makeJWT(r *rand.Rand) (string, []string) {
	encode := base64.RawURLEncoding.EncodeToString
	claims := encode(fmt.Appendf(nil, `{"sub":"anna","nonce":"%s"}`, randomWord(r, 12)))
	signature := randomWord(r, 43)
	return encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + claims + "." + signature, append(halves(signature), claims)
}

func makePEM(r *rand.Rand) (string, []string) {
	const bounds = "-----%s RSA PRIVATE KEY-----"
	body := []string{randomWord(r, 64), randomWord(r, 64), randomWord(r, 40)}
	return fmt.Sprintf(bounds, "BEGIN") + "\n" + strings.Join(body, "\n") + "\n" + fmt.Sprintf(bounds, "END"), body
}

func makeCloudKey(r *rand.Rand) (string, []string) {
	id := randomText(r, strings.ToUpper(letters), 16)
	return "AKIA" + id, halves(id)
}

// makeCard makes a number of which the last digit checks the others.
func makeCard(r *rand.Rand) (string, []string) {
	number := "4" + randomText(r, digits, 14)
	sum := 0
	for i := range number {
		digit := int(number[i] - '0')
		if i%2 == 0 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	number += strconv.Itoa((10 - sum%10) % 10)
	return number, []string{number[4:]}
}

func makeEmail(r *rand.Rand) (string, []string) {
	name := randomText(r, letters, 12)
	return name + "@mail.example.com", []string{name}
}

func makeCustomer(r *rand.Rand) (string, []string) {
	name := "customer-" + randomText(r, digits, 6)
	return name, []string{name}
}
