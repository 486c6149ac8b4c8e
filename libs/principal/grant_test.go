package principal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestPatternsAllowNamesAndBeginnings(t *testing.T) {
	tests := []struct {
		name     string
		patterns principal.Patterns
		allowed  []string
		refused  []string
	}{
		{"none", nil, []string{"", "anything"}, nil},
		{"a name", principal.Patterns{"web"}, []string{"web"}, []string{"", "we", "web1", "Web"}},
		{"a beginning", principal.Patterns{"backup-*"}, []string{"backup-", "backup-7.tar"}, []string{"backup", "xbackup-7"}},
		{"several", principal.Patterns{"a", "b*"}, []string{"a", "b", "bc"}, []string{"ab", "c"}},
		{"everything", principal.Patterns{"*"}, []string{"", "x"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range test.allowed {
				require.True(t, test.patterns.Allow(name), name)
				require.True(t, test.patterns.AllowBytes([]byte(name)), name)
			}
			for _, name := range test.refused {
				require.False(t, test.patterns.Allow(name), name)
				require.False(t, test.patterns.AllowBytes([]byte(name)), name)
			}
		})
	}
}

func TestOnlyTheEndOfAPatternIsOpen(t *testing.T) {
	require.NoError(t, principal.Grants{Files: principal.Patterns{"a*", "b"}}.Validate())
	require.ErrorContains(t, principal.Grants{Files: principal.Patterns{"a*b"}}.Validate(), "files")
	require.ErrorContains(t, principal.Grants{Sources: principal.Patterns{""}}.Validate(), "sources")
}

func TestMay(t *testing.T) {
	writer := principal.Principal{Scopes: []principal.Scope{principal.FilesWrite}}
	require.True(t, writer.May(principal.FilesWrite))
	require.False(t, writer.May(principal.FilesRead))
	require.False(t, principal.Principal{}.May(principal.FilesWrite))
	for _, scope := range principal.Scopes() {
		require.True(t, scope.Known())
		require.True(t, principal.Anonymous.May(scope))
	}
	require.False(t, principal.Scope("files:everything").Known())
}
