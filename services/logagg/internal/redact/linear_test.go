package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// hostile are pieces that, repeated, invite to read the same bytes again and
// again.
var hostile = []string{
	"password=", `password="`, `password=\"`, "password=\\\\\\\"", "password=`", "password='", "password:", "password={", "token: A", "PWD=/",
	`name="`, "name='", `name=\"`, "name=password,", "value=", "passwd:pam_", "auth=", "auth:", "secret=(", "secret=[", "secret=)", "secret=a,", "secret=%3D", "password%3D",
	`password\u003d`, `password \`, "pass_pass_", "<password>", "<<password", ">", "--password ", " -p", " -p a", "curl -u ", "-----BEGIN PRIVATE KEY-----",
	`-----BEGIN PRIVATE KEY-----"`, "-----END PRIVATE KEY-----", "-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----\"-----END CERTIFICATE-----",
	"authorization: ", "authorization: digest a=b,", "authorization: digest", "authorization:a ", "cookie: a=b;", "cookie: a=", "cookie:", "set-cookie: a=", "Bearer ", "bearer a", "basic ",
	"eyJ", "eyJ.", "eyJhYiI6", "eyJhYiI6.", "eyJhbGciOiJIUzI1NiJ9.", "AKIA", "AKIA0123456789ABCDEF", "AKIA0123456789ABCDEF ", "SK", "SKa", "sk-", "sk-a", "xsk-", "ghp_", "github_pat_", "glsa_", "xoxd-", "SG.", "hvs.", "AGE-SECRET-KEY-",
	"1:AA", "4", "4111 ", "4111-", "4111111111111111 ", "@", "a@", "a@b.c", "a:b@c:80", "a@tcp(", "://", "://a:b", "://a:b/", "://@", `:\/\/`, "hooks.slack.com/services/",
	"[redacted:card]", "[redacted:", "[card:hmac-sha256:", "%", "%3D", "%22", "%40", "%22%3D", `\`, `\\"`, `\"`, `"`, `""`, "''", "'", "`", " '", `password "`, "password ", "('password',", `["authorization",`,
	"password：", "password:“", "password:&quot;", "&quot;", `password:\u0022`, `\u0022`, "password: |\n x", "password: |\n  ", "password: |\n", `password:{"value":"`, `password:{"`, "password={a",
	"$6$", "$6$a", "pbkdf2_sha256$", "AUTH PLAIN ", "AUTH a", "> PASS a", "> PASS ", "Private-Lines: 1\n", "Private-Lines:", `"kty""d":"aa`, `"kty"`, `"d":"a`, "MTA.123456.", ".123456.", "8Q~", "a8Q~", "&gt;", "password&gt;",
	`<string name="password">`, "</key><string>", "<password><![CDATA[", "http%3A%2F%2F", "http%3A%2F%2Fa%3A", "%253d", "password%253d", "4111%20", "4111\u00a0", "4111.", `"password";s:1:"`, `{password,"`, `password,<<"`, `setPassword("`,
	`password="a" -> `, "password -> ", "->", "a-us1", "eyJrIjoi", "CfDJ8", "a.atlasv1.", "a/b@", "jdbc:oracle:thin:a/b@", "sqlplus a/b@", "key-", "secret_", "-----begin%20", "-----END%20", "-----a", "token 'a", "token 'a' ",
	"=", ":", " =", "  ", "\n", "a", "_", "-", ".", "\x80", "é", "K", "z", "J",
}

const hostileSize = 64 << 10

func TestWorkIsLinear(t *testing.T) {
	r := all(t, redact.Hash)
	for _, piece := range hostile {
		for _, end := range []string{"", "\"", "'", "\n", ".a.b", " x@y.zz"} {
			text := strings.Repeat(piece, hostileSize/len(piece)) + end
			require.LessOrEqual(t, r.Work(text), 8*len(text), "%q ending in %q", piece, end)
		}
	}
}

func TestWorkIsLinearInMixtures(t *testing.T) {
	r := all(t, redact.Replace)
	for i, first := range hostile {
		for j := range 12 {
			piece := first + hostile[(i*7+j*11+1)%len(hostile)]
			text := strings.Repeat(piece, 16<<10/len(piece))
			require.LessOrEqual(t, r.Work(text), 8*len(text), "%q", piece)
		}
	}
}

// Shows what the bound on work is worth in time.
func BenchmarkHostile(b *testing.B) {
	for _, piece := range []string{"password=", "eyJhYiI6", " -p", "-----BEGIN PRIVATE KEY-----\"", "AKIA0123456789ABCDEF ", "4111 ", "://a:b/"} {
		b.Run(piece, func(b *testing.B) {
			r := all(b, redact.Replace)
			text := strings.Repeat(piece, hostileSize/len(piece))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Message(text, nil)
			}
		})
	}
}
