package redact_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

func FuzzRedact(f *testing.F) {
	for _, c := range slices.Concat(secrets, systemSecrets) {
		f.Add(c.text, "detail")
	}
	for _, text := range slices.Concat(ordinary, systemTexts) {
		f.Add(text, "password")
	}
	replacing, dropping := all(f, redact.Replace), all(f, redact.Drop)
	f.Fuzz(func(t *testing.T, text, name string) {
		hit := false
		once := replacing.Message(text, func(int) { hit = true })
		require.Equal(t, hit, once != text)
		require.True(t, !utf8.ValidString(text) || utf8.ValidString(once))
		require.LessOrEqual(t, replacing.Work(text), 8*len(text)+1<<12)
		newName, value, keep := replacing.Field(name, text, nil)
		require.True(t, keep)
		if utf8.ValidString(text) && utf8.ValidString(name) {
			require.True(t, utf8.ValidString(newName) && utf8.ValidString(value))
		}
		dropping.Field(name, text, nil)
		require.LessOrEqual(t, len(dropping.Message(text, nil)), len(text))
	})
}
