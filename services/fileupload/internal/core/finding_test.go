package core

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeclaredTypes(t *testing.T) {
	for _, test := range []struct {
		declared, found string
		differs         bool
	}{
		{"", "image/png", false},
		{"image/png", "image/png", false},
		{"text/plain", "text/plain; charset=utf-8", false},
		{"TEXT/CSV", "text/plain; charset=utf-8", false},
		{"application/json", "text/plain; charset=utf-8", false},
		{"application/octet-stream", "image/png", false},
		{"image/jpeg", "image/png", true},
		{"not a type", "image/png", true},
	} {
		finding := compareTypes(test.declared, test.found)
		require.Equal(t, test.differs, finding != nil, "%s against %s", test.declared, test.found)
	}
}
