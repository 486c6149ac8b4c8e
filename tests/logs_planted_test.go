package tests

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// planted is a text with a secret in it.
type planted struct {
	text string
	// secrets are what must not be found, in pieces where the secret has lines.
	secrets []string
}

// planter makes secrets, none of them twice.
type planter struct {
	random *rand.Rand
	// texts are those that secrets were planted in, by secret.
	texts map[string]string
}

func newPlanter(seed uint64) *planter {
	return &planter{random: rand.New(rand.NewPCG(seed, 0)), texts: map[string]string{}}
}

const (
	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	digits       = "0123456789"
)

func (p *planter) text(alphabet string, length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = alphabet[p.random.IntN(len(alphabet))]
	}
	return string(text)
}

// password is a secret that only what stands before it tells.
func (p *planter) password() string { return "Zq7" + p.text(alphanumeric, 15) + "x" }

// word plants a secret that stands alone.
func (p *planter) word() string {
	secret := p.password()
	p.texts[secret] = secret
	return secret
}

// plant makes a text with a secret of any kind.
func (p *planter) plant() planted {
	var made planted
	switch p.random.IntN(8) {
	case 0, 1, 2:
		made = p.named()
	case 3:
		made = p.inURL()
	case 4:
		made = p.inHeader()
	case 5:
		made = p.pem()
	default:
		made = p.formed()
	}
	for _, secret := range made.secrets {
		p.texts[secret] = made.text
	}
	return made
}

// carriers are places where a key tells of the secret: %[1]s is the secret and
// %[2]s the key.
var carriers = []string{
	"%[2]s=%[1]s", "login %[2]s=%[1]s user=x", "%[2]s: %[1]s", `{"%[2]s":"%[1]s","x":1}`, `{"a":{"b":[{"%[2]s": "%[1]s"}]}}`,
	`{"m":"{\"%[2]s\":\"%[1]s\"}"}`, "{%[2]s=%[1]s, user=x}", "map[%[2]s:%[1]s]", "--%[2]s %[1]s -v", "<%[2]s>%[1]s</%[2]s>",
	"Server=db;%[2]s=%[1]s;Database=x", `%[2]s="%[1]s"`, "line one\n%[2]s = %[1]s\nline three", "'%[2]s' => '%[1]s'",
}

var secretKeys = []string{
	"password", "DB_PASSWORD", "dbPassword", "passwd", "passphrase", "clientSecret", "client_secret", "api_key", "apiKey",
	"access_token", "refreshToken", "aws_secret_access_key", "spring.datasource.password",
}

func (p *planter) named() planted {
	secret := p.password()
	return planted{fmt.Sprintf(p.one(carriers), secret, p.one(secretKeys)), []string{secret}}
}

func (p *planter) one(choices []string) string { return choices[p.random.IntN(len(choices))] }

func (p *planter) inURL() planted {
	secret := p.password()
	return planted{fmt.Sprintf(p.one([]string{
		"GET /x?access_token=%s&y=1 HTTP/1.1", "postgres://app:%s@db:5432/x", "https://b.example.net/c?sv=2020&sig=%s&se=1",
		"redirect to https://x.example.com/cb?api_key=%s", "grant_type=password&password=%s", "root:%s@tcp(db:3306)/x",
		"amqp://guest:%s@mq.example.net/vhost", "body=a%%3Db%%26password%%3D%s",
	}), secret), []string{secret}}
}

func (p *planter) inHeader() planted {
	secret := p.password()
	if p.random.IntN(2) == 0 {
		secret = base64.StdEncoding.EncodeToString([]byte("user:" + p.password()))
		return planted{fmt.Sprintf("> Authorization: Basic %s\r\n> Host: x", secret), []string{secret}}
	}
	return planted{fmt.Sprintf(p.one([]string{
		"Authorization: Bearer %s", `{"headers":{"Authorization":["Bearer %s"]}}`, "X-Api-Key: %s\r\nHost: x",
		"Cookie: sid=%s; theme=dark", "Set-Cookie: sid=%s; Path=/; HttpOnly", "proxy-authorization: Bearer %s",
	}), secret), []string{secret}}
}

// pem is a private key, of which no line may be found.
func (p *planter) pem() planted {
	kind := p.one([]string{"RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"})
	var lines []string
	for range 6 {
		lines = append(lines, p.text(alphanumeric+"+/", 64))
	}
	end := p.one([]string{"\n", `\n`})
	body := "-----BEGIN " + kind + "-----" + end + strings.Join(lines, end) + end + "-----END " + kind + "-----"
	if end == "\n" {
		return planted{"loaded key\n" + body + "\ndone", lines}
	}
	return planted{`{"key":"` + body + `","n":1}`, lines}
}

// formed is a secret that its own form tells.
func (p *planter) formed() planted {
	upper := func(n int) string { return p.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", n) }
	mixed := func(n int) string { return p.text(alphanumeric, n) }
	forms := []func() string{
		func() string { return "AKIA" + upper(16) },
		func() string { return "AIza" + mixed(35) },
		func() string { return "ghp_" + mixed(36) },
		func() string { return "glpat-" + mixed(20) },
		func() string { return "xoxb-" + p.text(digits, 12) + "-" + mixed(24) },
		func() string { return "sk_live_" + mixed(24) },
		func() string { return "npm_" + mixed(36) },
		func() string { return "SG." + mixed(22) + "." + mixed(43) },
		func() string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"`+mixed(8)+`"}`)) + ".eyJ" + mixed(41) + "." + mixed(43)
		},
		p.card,
		func() string {
			return "u" + strings.ToLower(mixed(11)) + "@" + strings.ToLower(mixed(5)) + "x.example.org"
		},
		func() string { return "order-" + p.text("123456789", 14) }, // a pattern of secretRules
	}
	secret := forms[p.random.IntN(len(forms))]()
	return planted{fmt.Sprintf(p.one([]string{
		"%s", "got %s from x", "a=%s b=c", `{"a":"%s","b":1}`, "(%s)", "['%s']", "first\n%s\nlast", "https://x/y?k=%s&z=1",
	}), secret), []string{secret}}
}

// card is a number with the right last digit.
func (p *planter) card() string {
	number := "4" + p.text(digits, 14)
	sum := 0
	for i := range number {
		digit := int(number[i] - '0')
		if i%2 == 0 {
			digit = []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[digit]
		}
		sum += digit
	}
	number += strconv.Itoa((10 - sum%10) % 10)
	if p.random.IntN(2) == 0 {
		return number[:4] + " " + number[4:8] + " " + number[8:12] + " " + number[12:]
	}
	return number
}
