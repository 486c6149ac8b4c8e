package redact_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// planted is a secret and the text that it stands in.
type planted struct{ secret, text string }

// carriers are places of a secret that only its key tells; the secret has no
// white space or quotes.
var carriers = []string{
	"password=%s", "user=x password=%s done", "%[2]s: %[1]s", "%[2]s=%[1]s&x=1", "{%[2]s=%[1]s, user=x}", `{"%[2]s":"%[1]s","x":1}`,
	`{"m":"{\"%[2]s\":\"%[1]s\"}"}`, `{\\\"%[2]s\\\":\\\"%[1]s\\\"}`, "'%[2]s' => '%[1]s'", `%[2]s="%[1]s"`, "%[2]s = %[1]s\nx", "--password %s -v", "<password>%s</password>",
	"map[%[2]s:[%[1]s]]", "{Password:%s}", "x;Password=%s;y=z", "curl -u a:%s http://x", "mysql -p%s db", "ALTER USER a IDENTIFIED BY '%s'",
	"X-Api-Key: %s\r\nHost: x", "Authorization: Bearer %s", `"Authorization":["Bearer %s"]`, "Cookie: a=%s; b=c", "Set-Cookie: sid=%s; Path=/",
	"- name: DB_PASSWORD\n  value: %s", `{"name":"DB_PASSWORD","value":"%s"}`, "[password] => %s",
}

// inURLs are places where the secret is encoded.
var inURLs = []string{
	"GET /x?access_token=%s&y=1 HTTP/1.1", "postgres://app:%s@db:5432/x", "https://b.example.net/c?sv=2020&sig=%s&se=1", "body=a%%3Db%%26password%%3D%s%%26c",
	"grant_type=password&password=%s", "root:%s@tcp(db:3306)/x",
}

// around are places of secrets that are known by their form.
var around = []string{
	"%s", "got %s from x", "a=%s b=c", `{"a":"%s","b":1}`, `{"a":"b\n%s\tc"}`, "(%s)", "<%s>", "https://x/y?k=%s&z=1", "k%%3D%s", "k=%s,l=m", "['%s']", "a\n%s\nb", "k: %s; l", `\"%s\"`,
}

var keys = []string{
	"password", "DB_PASSWORD", "dbPassword", "db-passwd", "PWD", "passphrase", "clientSecret", "api_key", "apiKey", "API-KEY", "access_token", "aws_secret_access_key",
	"refreshToken", "privateKey", "x.y.secret", "Db.Pass", "SECRET_KEY", "sessionToken", "encryption-key",
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func drawText(t *rapid.T, alphabet string, least, most int) string {
	letters := []rune(alphabet)
	runes := rapid.SliceOfN(rapid.SampledFrom(letters), least, most).Draw(t, "runes")
	return string(runes)
}

// drawPassword begins with two letters, so that it is no path and no number.
func drawPassword(t *rapid.T) planted {
	secret := "Zq7" + drawText(t, alphanumeric+"!#$*+-./:?@^_~é", 9, 40) + "x"
	format := rapid.SampledFrom(carriers).Draw(t, "carrier")
	key := rapid.SampledFrom(keys).Draw(t, "key")
	if strings.Contains(format, "[2]") {
		return planted{secret, fmt.Sprintf(format, secret, key)}
	}
	return planted{secret, fmt.Sprintf(format, secret)}
}

func drawEncoded(t *rapid.T) planted {
	secret := url.QueryEscape("Zq7" + drawText(t, alphanumeric+"!#*/:?^_~", 9, 40) + "x")
	return planted{secret, fmt.Sprintf(rapid.SampledFrom(inURLs).Draw(t, "carrier"), secret)}
}

func drawPhrase(t *rapid.T) planted {
	secret := "Zq7" + drawText(t, alphanumeric+" ,;:=&(){}[]<>|'", 9, 40) + "x"
	format := rapid.SampledFrom([]string{`password="%s"`, `{"password": "%s"}`, `{"m":"{\"secret\":\"%s\"}"}`, `{"a":["x"],"apiKey":["%s"]}`}).Draw(t, "carrier")
	return planted{secret, fmt.Sprintf(format, secret)}
}

func drawKey(t *rapid.T) planted {
	base64url := alphanumeric + "-_"
	mixed := func(n int) string { return drawText(t, alphanumeric, n, n) }
	marked := func(n int) string { return drawText(t, base64url, n, n) }
	hex := func(n int) string { return drawText(t, "0123456789abcdef", n, n) }
	upper := func(n int) string { return drawText(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", n, n) }
	forms := []func() string{
		func() string { return "AKIA" + upper(16) },
		func() string { return "ASIA" + upper(16) },
		func() string { return "AIza" + marked(35) },
		func() string { return "ghp_" + mixed(36) },
		func() string { return "github_pat_" + mixed(22) + "_" + mixed(59) },
		func() string { return "glpat-" + marked(20) },
		func() string { return "xoxb-" + drawText(t, "0123456789", 11, 13) + "-" + mixed(24) },
		func() string { return "sk_live_" + mixed(24) },
		func() string { return "SG." + mixed(22) + "." + mixed(43) },
		func() string { return "SK" + hex(32) },
		func() string { return "npm_" + mixed(36) },
		func() string { return "pypi-" + marked(80) + "a" },
		func() string { return "sk-aA1" + mixed(42) },
		func() string { return "sk-ant-api03-" + marked(90) + "AA" },
		func() string { return "dop_v1_" + hex(64) },
		func() string { return "hvs." + marked(90) + "a" },
		func() string { return "AGE-SECRET-KEY-1" + upper(58) },
		func() string { return drawText(t, "123456789", 9, 9) + ":AA" + mixed(33) },
		func() string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"`+mixed(8)+`"}`)) + "." + "eyJ" + marked(40) + "a." + marked(42) + "a"
		},
		func() string {
			return "-----BEGIN RSA PRIVATE KEY-----\n" + mixed(64) + "\n" + mixed(20) + "=\n-----END RSA PRIVATE KEY-----"
		},
		func() string {
			return `-----BEGIN PRIVATE KEY-----\n` + mixed(64) + `\n` + mixed(20) + `=\n-----END PRIVATE KEY-----`
		},
		func() string { return drawCard(t) },
		func() string {
			return "u" + strings.ToLower(mixed(9)) + "@" + strings.ToLower(mixed(5)) + "x.example.org"
		},
	}
	secret := rapid.SampledFrom(forms).Draw(t, "form")()
	return planted{secret, fmt.Sprintf(rapid.SampledFrom(around).Draw(t, "carrier"), secret)}
}

func drawCard(t *rapid.T) string {
	kind := rapid.SampledFrom([]struct {
		prefix string
		length int
	}{{"4", 16}, {"4", 13}, {"51", 16}, {"2221", 16}, {"37", 15}, {"6011", 16}, {"36", 14}, {"3530", 16}, {"62", 16}, {"62", 19}}).Draw(t, "issuer")
	number := kind.prefix
	for len(number) < kind.length-1 {
		number += strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "digit"))
	}
	for check := range 10 {
		if luhn(number + strconv.Itoa(check)) {
			number += strconv.Itoa(check)
			break
		}
	}
	if kind.length == 16 && rapid.Bool().Draw(t, "grouped") {
		mark := rapid.SampledFrom([]string{" ", "-"}).Draw(t, "mark")
		return number[:4] + mark + number[4:8] + mark + number[8:12] + mark + number[12:]
	}
	return number
}

// luhn is the textbook's, apart from the one under test.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d = []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[d]
		}
		sum += d
	}
	return sum%10 == 0
}

func drawPlanted(t *rapid.T) planted {
	draw := rapid.SampledFrom([]func(*rapid.T) planted{drawPassword, drawEncoded, drawPhrase, drawKey}).Draw(t, "kind")
	p := draw(t)
	if rapid.Bool().Draw(t, "alone") {
		return p
	}
	lines := append([]string{accessLine, loadLine}, ordinary[:40]...)
	p.text = rapid.SampledFrom(lines).Draw(t, "before") + "\n" + p.text + "\n" + rapid.SampledFrom(lines).Draw(t, "after")
	return p
}

func TestPlantedSecretsAreNowhere(t *testing.T) {
	for _, action := range []redact.Action{redact.Replace, redact.Hash, redact.Drop} {
		r := all(t, action)
		rapid.Check(t, func(t *rapid.T) {
			p := drawPlanted(t)
			message := r.Message(p.text, nil)
			name, value, keep := r.Field("detail", p.text, nil)
			require.NotContains(t, message, p.secret, p.text)
			require.NotContains(t, name+value, p.secret, p.text)
			name, value, _ = r.Field(p.text, "x", nil)
			require.NotContains(t, name+value, p.secret, p.text)
			require.True(t, utf8.ValidString(message))
			if action != redact.Drop {
				require.True(t, keep)
				require.Equal(t, message, r.Message(message, nil), "redacted again")
			}
		})
	}
}

func TestValuesOfSecretFieldsAreNowhere(t *testing.T) {
	r := all(t, redact.Replace)
	rapid.Check(t, func(t *rapid.T) {
		secret := "Zq7" + drawText(t, alphanumeric+` !#$*+-./:?@^_~é"'{}[]\=&`, 9, 40) + "x"
		name := rapid.SampledFrom(append([]string{"authorization", "http.request.header.authorization", "password[0]", "cookie"}, keys...)).Draw(t, "name")
		if name == "cookie" {
			secret = "a=" + secret
		}
		_, value, keep := r.Field(name, secret, nil)
		require.True(t, keep)
		require.NotContains(t, value, secret)
	})
}

// Texts made of the pieces that matchers look for.
func TestRedactedTextsStay(t *testing.T) {
	for _, action := range []redact.Action{redact.Replace, redact.Hash} {
		r := all(t, action)
		rapid.Check(t, func(t *rapid.T) {
			pieces := rapid.SliceOfN(rapid.SampledFrom(append([]string{"hunter2", "x", " ", ",", "}", "]", ")", jwt1, "user=", "b"}, hostile...)), 1, 12).Draw(t, "pieces")
			once := r.Message(strings.Join(pieces, ""), nil)
			require.Equal(t, once, r.Message(once, nil), "from %q", strings.Join(pieces, ""))
		})
	}
}
