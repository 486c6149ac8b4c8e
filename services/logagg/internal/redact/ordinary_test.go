package redact_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// ordinary are texts without secrets.
var ordinary = []string{
	"",
	"POST /api/v1/orders/48213 status=200 duration=412.093ms bytes=20311 user=u104482 remote=10.4.201.77 request completed",
	"GET /api/v1/users/99999 status=503 duration=1.004ms bytes=1 user=u1 remote=10.255.255.254 upstream timed out",
	"3f9a0b4411111111111111112c7d8e9f", "41111111111111110000000000000000",
	"trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
	"dd.trace_id=4611686018427387904 dd.span_id=6011000990139424123",
	"550e8400-e29b-41d4-a716-446655440000", "41111111-1111-1111-1111-411111111111",
	"commit 2ffab32bce7e4d8c5d3a0b1f0e9d8c7b6a594837", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"ts=1763866226123456789 start=1763866226123456 ms=1763866226123", "2026-11-23T03:10:26.123456789Z",
	"ratio 0.4111111111111111 and 4111111111111111.5", "4111111111111112 fails Luhn", "9111111111111111",
	"from 10.4.201.77:41111 to [2001:db8::1]:443 port 22", "::1", "fe80::1%eth0",
	`83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a/token.png?page=2&key=name HTTP/1.1" 200 203023 "http://semicomplete.com/x" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`,
	"Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: Failed password for root from 10.0.0.1 port 4242 ssh2",
	"sshd[1291]: Failed password for invalid user admin from 10.0.0.1 port 4242 ssh2",
	"sshd[1291]: Accepted password for root from 10.0.0.1 port 4242 ssh2",
	"sshd[1]: Accepted publickey for ubuntu from 10.0.0.1 port 1 ssh2: RSA SHA256:Kl8kPGZrTiz7g4FO1hyqHdsSBBb5Fge6NWOobN03XJg",
	"sudo:   ubuntu : TTY=pts/0 ; PWD=/home/ubuntu ; USER=root ; COMMAND=/bin/su",
	"PWD=/ OLDPWD=/root HOME=/root", "pwd=/var/lib/app",
	"passwd[12]: pam_unix(passwd:chauthtok): password changed for root",
	"passwd: all authentication tokens updated successfully.", "passwd:pam_unix", "password: ", "Enter password:", "password=", "password=\nuser=x",
	"token_count=5 password_changed=true secretary=Ann tokens=312 passwords_total=7 password_length=12",
	"token_type=bearer max_tokens=4096 prompt_tokens: 12345 next_token=abcdef0123 nextPageToken=CAUQAA12345 page_token: CAUQAA123",
	"has_password=true is_secret=false show_password=0 token=null secret=none", "password=*** secret=xxxxx token=<nil> password=(null)",
	"password=${DB_PASSWORD} secret=$(secret) token={{ .Token }} password=? password=%s",
	"Unexpected token: END_OF_INPUT", "unexpected token: foo123bar", "SyntaxError: Unexpected token < in JSON at position 0",
	"token=42", "pass=12 fail=1", "pass: 12345, fail: 1", "bypass=yes-please compass=northwest", "author=jane.doe.smith authority=example.com",
	"primary_key=abcdefgh12345678 partition_key=abcdefgh12345678 public_key=abcdefgh12345678 cache_key=user:12345678 key=value monkey=banana",
	"http://www.google.com/url?sa=t&ei=OT4BU5xphM&sig2=Zt3xphMabcdefgh&bvm=bv.61535280", "sig=11 received, signature=valid", "signal: killed sig=SIGSEGV1", "design=modern-look-2 assign=abcdefghij",
	"authorization: granted", "Authorization: failed for user bob", "authorization required", `"authorization":"none"`, "authorization mode: RBAC",
	"Bearer token expired", "bearer of bad news", "Basic authentication failed", "Basic Programming", "basic plan: monthly-subscription",
	"cookie: accepted", "cookies=3", "Cookie jar is full",
	"std::token::parse", "at com.example.Token.parse(Token.java:12)", "at com.example.PasswordEncoder.encode(PasswordEncoder.java:45)",
	"token.go:12: bad token", "password.go:45", "\tat java.base/java.lang.Thread.run(Thread.java:829)",
	"goroutine 1 [running]:\nmain.main()\n\t/src/token/main.go:12 +0x1b", "Traceback (most recent call last):\n  File \"/app/secret.py\", line 5, in token",
	"KeyError: 'password'", `missing field "password"`, `fields ["password","username","token"]`, `required: ["token", "secret"]`,
	`Field validation for 'Password' failed on the 'required' tag`, `"password":"required"`, `"token":null,"secret":false`,
	`MountVolume.SetUp failed for volume "x" : secret "db-tls" not found`, "pod/api-7d9c5b6f4d-x2x9z", "kube-system/coredns-565d847f94-abcde", "secretName: db-tls", "configmap/token-cleaner created",
	"git@github.com:org/repo.git", "user@host", "docker.io/library/nginx:1.25@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"logo@2x.png", "user@1000.service: started", "getty@tty1.service", "npm i left-pad@1.3.0", "java.lang.Object@1b6d3586", "@babel/core",
	"http://host:8080/path@x", "https://example.com/a:b/c@d", "https://example.com/?q=a@b", "http://user@host/", "https://[::1]:8080/x",
	"task-0123456789ABCDEFabcdef01 disk-0123456789ABCDEFabcdef01", "sk-loading-spinner-container-wrapper-2", "risk_live_event", "AKIAshort", "XAKIAIOSFODNN7EXAMPLE", "SKU12345", "KIASKz", "SG.short",
	"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----", "----- header -----", "--password", "--password --force", "--password-file /etc/x", "--no-password db", "--token-ttl 3600",
	"mysql -u root -p db", "psql -p 5432 -U app", "ssh -p 2222 host", "mkdir -p /var/lib/x", "tar -p x", "curl -u admin http://x",
	"eyJpZCI6MTIzNDU2fQ.notajwt.atall1234", "eyJhbGciOiJIUzI1NiJ9", "eyJ", "Jeyey J.J",
	"100% =% %3D %", "a=b=c==d:::e", "=:=:=", "key:  ", "\xff\xfe=\x80:\xff", "日本語: ログ=正常",
	"[2016-12-19 20:44:59,210] TRACE Controller 0 epoch 36 sending UpdateMetadata request (Leader:0,ISR:0,2,LeaderEpoch:51,ControllerEpoch:36) to broker 2 for partition __consumer_offsets-49 (state.change.logger)",
	"phone +1 415 555 0100, 4111 items, 12 34 56 78", "1234 5678 9012 3456", "ISBN 978-3-16-148410-0", "192.168.100.100 4000 4001 4002",
	"[redacted:card] [card:hmac-sha256:0123456789abcdef] password=[redacted:credentials] [private-key:hmac-sha256:0123456789abcdef]",
}

func TestOrdinaryTextsStay(t *testing.T) {
	r := all(t, redact.Replace)
	for _, text := range slices.Concat(ordinary, systemTexts) {
		hit := func(rule int) { t.Errorf("%s hit %q", redact.Detectors()[rule], text) }
		require.Equal(t, text, r.Message(text, hit))
		name, value, keep := r.Field("detail", text, hit)
		require.Equal(t, [3]any{"detail", text, true}, [3]any{name, value, keep})
	}
}

func TestOrdinaryFieldsStay(t *testing.T) {
	r := all(t, redact.Replace)
	for _, field := range [][2]string{
		{"host", "web-1.example.net"}, {"request_id", "3f9a0b4411111111111111112c7d8e9f"}, {"token_count", "512"},
		{"tokens", "512345"}, {"password_changed", "true"}, {"secretary", "Ann Example"}, {"token", ""}, {"password", "null"},
		{"key", "password"}, {"name", "token"}, {"value", "x"}, {"pwd", "/home/x"}, {"nextPageToken", "CAUQAA123"},
		{"dd.trace_id", "4611686018427387903"}, {"signature", "sha256"}, {"authorization", "granted"}, {"cookie", "accepted"},
		{"password", "[redacted:credentials]"}, {"authorization", "Bearer [redacted:authorization]"},
		{"password", "required"}, {"password", "must not be blank"}, {"auth.mode", "mixed"}, {"secret", "[FILTERED]"},
	} {
		hit := func(rule int) { t.Errorf("%s hit %q", redact.Detectors()[rule], field) }
		name, value, keep := r.Field(field[0], field[1], hit)
		require.Equal(t, [3]any{field[0], field[1], true}, [3]any{name, value, keep})
	}
}
