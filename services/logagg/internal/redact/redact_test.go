package redact_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

func detectors(action redact.Action, names ...string) (list []redact.Detector) {
	for _, name := range names {
		list = append(list, redact.Detector{Name: name, Action: action})
	}
	return list
}

func mustNew(t testing.TB, config redact.Config) *redact.Redactor {
	t.Helper()
	r, err := redact.New(config)
	require.NoError(t, err)
	return r
}

func TestConfigErrorsNameWhatIsWrong(t *testing.T) {
	digits := regexp.MustCompile(`\d`)
	for _, c := range []struct {
		config redact.Config
		want   string
	}{
		{redact.Config{Detectors: detectors(redact.Replace, "cards")}, `detector "cards" is unknown: use one of credentials, `},
		{redact.Config{Detectors: detectors(redact.Replace, "card", "card")}, `"card" is named twice`},
		{redact.Config{Patterns: []redact.Pattern{{Name: "card", Regexp: digits}}}, `"card" is named twice`},
		{redact.Config{Patterns: []redact.Pattern{{Name: "a", Regexp: digits}, {Name: "a", Regexp: digits}}}, `"a" is named twice`},
		{redact.Config{Patterns: []redact.Pattern{{Name: "a"}}}, `pattern "a" has no regular expression`},
		{redact.Config{Patterns: []redact.Pattern{{Name: "a]", Regexp: digits}}}, `name "a]" of a pattern`},
		{redact.Config{Detectors: detectors(redact.Hash, "card")}, `"card" is to be hashed: give a hash key of at least 16 bytes`},
		{redact.Config{Detectors: detectors(redact.Hash, "card"), HashKey: make([]byte, 15)}, "at least 16 bytes"},
		{redact.Config{Detectors: detectors(7, "card")}, `action 7 of "card" is unknown`},
	} {
		_, err := redact.New(c.config)
		require.ErrorContains(t, err, c.want)
	}
}

func TestNamesAreThoseOfTheConfigInOrder(t *testing.T) {
	r := mustNew(t, redact.Config{
		Detectors: detectors(redact.Replace, "email", "card"),
		Patterns:  []redact.Pattern{{Name: "ticket", Regexp: regexp.MustCompile(`T-\d+`)}},
	})
	require.Equal(t, []string{"email", "card", "ticket"}, r.Names())
	require.Equal(t, []string{"credentials", "authorization", "jwt", "private-key", "cloud-key", "card", "email"}, redact.Detectors())
	var hits []int
	got := r.Message("T-1 T-2 a@b.cd 4111111111111111", func(rule int) { hits = append(hits, rule) })
	require.Equal(t, "[redacted:ticket] [redacted:ticket] [redacted:email] [redacted:card]", got)
	require.ElementsMatch(t, []int{0, 1, 2}, hits, "once each")
}

func TestOnlyDetectorsThatAreOnFind(t *testing.T) {
	for i, name := range redact.Detectors() {
		r := mustNew(t, redact.Config{Detectors: detectors(redact.Replace, name)})
		found := false
		for _, c := range secrets {
			got := r.Message(c.text, func(rule int) { require.Zero(t, rule) })
			found = found || got != c.text
			for j, other := range redact.Detectors() {
				require.False(t, i != j && strings.Contains(got, "[redacted:"+other), got)
			}
		}
		require.True(t, found, name)
	}
	r := mustNew(t, redact.Config{})
	for _, c := range secrets {
		require.Equal(t, c.text, r.Message(c.text, func(int) { t.Fatal("hit") }))
	}
}

func TestHashesTellEqualSecrets(t *testing.T) {
	key := []byte("0123456789abcdef")
	r := mustNew(t, redact.Config{Detectors: detectors(redact.Hash, redact.Detectors()...), HashKey: key})
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("4111111111111111"))
	want := "[card:hmac-sha256:" + hex.EncodeToString(mac.Sum(nil))[:16] + "]"
	clear(key) // the redactor has its own
	require.Equal(t, want+" "+want+" "+want, r.Message("4111111111111111 4111 1111 1111 1111 4111-1111-1111-1111", nil))
	one, other := r.Message("password=hunter2", nil), r.Message("password=hunter3", nil)
	require.Regexp(t, `^password=\[credentials:hmac-sha256:[0-9a-f]{16}\]$`, one)
	require.NotEqual(t, one, other)
	for _, c := range secrets {
		got := r.Message(c.text, nil)
		require.Equal(t, got, r.Message(got, func(int) { t.Fatal("hit again: " + got) }))
	}
}

func TestDropLeavesNothing(t *testing.T) {
	r := all(t, redact.Drop)
	require.Equal(t, "user=x password= done", r.Message("user=x password=hunter2 done", nil))
	for _, c := range []struct {
		name, value, newName, newValue string
		keep                           bool
	}{
		{"password", "hunter2", "", "", false},
		{"detail", "password=hunter2", "detail", "password=", true},
		{"detail", "4111111111111111", "", "", false},
		{"joe@example.com", "x", "", "", false},
		{"for joe@example.com", "x", "", "", false},
		{"authorization", "Bearer abc", "authorization", "Bearer ", true},
		{"password", "", "password", "", true},
	} {
		name, value, keep := r.Field(c.name, c.value, nil)
		require.Equal(t, c.keep, keep, c)
		if keep {
			require.Equal(t, [2]string{c.newName, c.newValue}, [2]string{name, value})
		}
	}
}

func TestNamesOfFieldsTellSecrets(t *testing.T) {
	r := all(t, redact.Replace)
	for _, c := range [][3]string{
		{"password", "hunter 2, too", cred}, {"env.DB_PASSWORD", "/x", cred}, {"apiKey", "abc", cred}, {"X-Api-Key", "abc", cred},
		{"token", "abcdef", cred}, {"http.request.header.authorization", "Bearer abc def", "Bearer " + auth}, {"authorization", `["Basic abc"]`, `["Basic ` + auth + `"]`},
		{"cookie", "a=b; c=d", auth}, {"Set-Cookie", "a=b; Path=/", "a=" + auth + "; Path=/"}, {"password[0]", "hunter2", cred}, {"passwords.0.secret", "x y", cred},
		{"Authorization", "secret value", auth}, {"pwd", "hunter2", cred},
	} {
		hits := 0
		name, value, keep := r.Field(c[0], c[1], func(int) { hits++ })
		require.Equal(t, [3]any{c[0], c[2], true}, [3]any{name, value, keep})
		require.Equal(t, 1, hits)
		_, again, _ := r.Field(name, value, func(int) { t.Fatal("hit again: " + value) })
		require.Equal(t, value, again)
	}
}

func TestARuleIsToldOnceForNameAndValue(t *testing.T) {
	hits := 0
	name, value, keep := all(t, redact.Replace).Field("a@b.cd", "c@d.ef", func(int) { hits++ })
	require.Equal(t, [3]any{mail, mail, true}, [3]any{name, value, keep})
	require.Equal(t, 1, hits)
}

func TestPatternsTakeTheirFirstGroup(t *testing.T) {
	r := mustNew(t, redact.Config{Patterns: []redact.Pattern{
		{Name: "badge", Regexp: regexp.MustCompile(`badge (\d+)`)},
		{Name: "name", Regexp: regexp.MustCompile(`(?i)mrs? \w+`), Action: redact.Drop},
		{Name: "nothing", Regexp: regexp.MustCompile(`x*`)},
		{Name: "either", Regexp: regexp.MustCompile(`left=(\d+)|right=\d+`)},
	}})
	require.Equal(t, "badge [redacted:badge] of ", r.Message("badge 123 of Mr Smith", nil))
	require.Equal(t, "[redacted:nothing]a", r.Message("xxa", nil))
	require.Equal(t, "left=[redacted:either] [redacted:either]", r.Message("left=1 right=2", nil))
}

func TestTheWidestFindWins(t *testing.T) {
	r := all(t, redact.Replace)
	require.Equal(t, "password="+cred, r.Message("password=4111111111111111,a@b.cd", nil))
	require.Equal(t, `password="`+cred+`"`, r.Message(`password="a `+jwt1+` b"`, nil))
	wide := mustNew(t, redact.Config{
		Detectors: detectors(redact.Replace, "card"),
		Patterns:  []redact.Pattern{{Name: "line", Regexp: regexp.MustCompile(`card.*`)}, {Name: "tail", Regexp: regexp.MustCompile(`1 end of it`)}},
	})
	require.Equal(t, "a [redacted:line]", wide.Message("a card 4111111111111111 end of it", nil))
}

func TestOrdinaryEntriesAllocateNothing(t *testing.T) {
	r := all(t, redact.Replace)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		r.Message(accessLine, nil)
		r.Message(loadLine, nil)
		r.Message(`{"name":"x","level":"info","msg":"token expired","n":[1,2]}`, nil)
		r.Field("host", "orders-3.example.net", nil)
		r.Field("request_id", "3f9a0b44c1d87e02951b6afd2c7d8e9f", nil)
	}))
}

func TestConcurrentUse(t *testing.T) {
	r := all(t, redact.Hash)
	want := r.Message(secrets[0].text, nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				if got := r.Message(secrets[0].text, nil); got != want {
					t.Errorf("%q", got)
				}
			}
		})
	}
	group.Wait()
}
