package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRulesThatAreRefused(t *testing.T) {
	good := "certificates:\n  - {dns_san: a.example, tenant: t, scopes: [all]}\n"
	tests := []struct {
		name, text, want string
	}{
		{"nothing to match", "certificates:\n  - {tenant: t, scopes: [all]}", "line 2: a rule needs one of spiffe_id"},
		{"two to match", good + "  - {dns_san: a.b, uri_san: 'https://a/b', tenant: t, scopes: [all]}", "line 3: a rule needs one of"},
		{"no tenant", "certificates:\n  - {dns_san: a.b, scopes: [all]}", `line 2: tenant "" is not`},
		{"no scopes", "certificates:\n  - {dns_san: a.b, tenant: t}", "scopes: [files:write], or scopes: [all]"},
		{"unknown scope", "certificates:\n  - {dns_san: a.b, tenant: t, scopes: [log:write]}", "did you mean logs:write?"},
		{"bad subject", "certificates:\n  - {dns_san: a.b, tenant: t, subject: 'a b', scopes: [all]}", `subject "a b" is not 1 to 256`},
		{"bad grant", "certificates:\n  - {dns_san: a.b, tenant: t, scopes: [all], allow: {files: ['*a']}}", "allow: files"},
		{"unknown field", "certificates:\n  - {dns: a.b, tenant: t, scopes: [all]}", "dns"},
		{"twice the same", good + "  - {dns_san: A.example, tenant: u, scopes: [all]}", "line 3: dns_san a.example is there twice"},
		{"a star inside", "certificates:\n  - {spiffe_id: 'spiffe://a/*/b', tenant: t, scopes: [all]}", "spiffe_id \"spiffe://a/*/b\" is not like"},
		{"any trust domain", "certificates:\n  - {spiffe_id: 'spiffe://*', tenant: t, scopes: [all]}", "is not like spiffe://"},
		{"part of a segment", "certificates:\n  - {spiffe_id: 'spiffe://a/b*', tenant: t, scopes: [all]}", "is not like spiffe://"},
		{"no SPIFFE id", "certificates:\n  - {spiffe_id: 'https://a/b', tenant: t, scopes: [all]}", "is not like spiffe://"},
		{"any name", "certificates:\n  - {dns_san: '*', tenant: t, scopes: [all]}", "dns_san \"*\" is not like"},
		{"a star in a label", "certificates:\n  - {dns_san: 'a*.b', tenant: t, scopes: [all]}", "is not like agent.example.org"},
		{"any host", "certificates:\n  - {uri_san: 'https://*/b', tenant: t, scopes: [all]}", "uri_san"},
		{"no URI", "certificates:\n  - {uri_san: 'a/b', tenant: t, scopes: [all]}", "uri_san \"a/b\" is not like"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rules.yaml")
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
			err := errorOf((&certificates{path: path}).load())
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func errorOf(_ string, err error) error { return err }

// TestRuleKeepsItsStreamsUntilAnotherCouldBeMeant writes rules as letters: a
// capital is the same rule with other rights.
func TestRuleKeepsItsStreamsUntilAnotherCouldBeMeant(t *testing.T) {
	tests := []struct {
		before, after, revoked string
	}{
		{"abc", "abc", ""},
		{"abc", "abcd", ""},
		{"abc", "ac", "b"},
		{"abc", "bc", "a"},
		{"abc", "aBc", "bc"},
		{"abc", "dabc", "abc"},
		{"abc", "adbc", "bc"},
		{"abc", "acb", "b"},
		{"abc", "cab", "ab"},
		{"abc", "", "abc"},
	}
	for _, test := range tests {
		t.Run(test.before+" to "+test.after, func(t *testing.T) {
			c := &certificates{path: filepath.Join(t.TempDir(), "rules.yaml")}
			writeRules(t, c.path, test.before)
			_, err := c.load()
			require.NoError(t, err)
			old := *c.rules.Load()
			writeRules(t, c.path, test.after)
			_, err = c.load()
			require.NoError(t, err)
			revoked := ""
			for _, held := range old {
				if held.revoked.ctx.Err() != nil {
					revoked += held.DNSSAN[:1]
				}
			}
			require.Equal(t, test.revoked, revoked)
			for _, held := range *c.rules.Load() {
				require.NoError(t, held.revoked.ctx.Err())
			}
		})
	}
}

func writeRules(t *testing.T, path, letters string) {
	t.Helper()
	text := "certificates:\n"
	for _, letter := range letters {
		tenant := "small"
		if letter < 'a' {
			tenant = "capital"
		}
		text += fmt.Sprintf("  - {dns_san: %s.example, tenant: %s, scopes: [all]}\n", strings.ToLower(string(letter)), tenant)
	}
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
