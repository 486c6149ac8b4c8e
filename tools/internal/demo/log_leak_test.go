package demo

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/client"
)

// leakDemo has a data folder with a file of this content, below another folder.
func leakDemo(t *testing.T, content string) *demo {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "logs", "journal"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "logs", "journal", "1"), []byte(content), 0o600))
	d := newDemo(Config{Out: &bytes.Buffer{}, Now: time.Now}, dir)
	d.story = newLogStory(storyNow())
	return d
}

func TestASecretInAFileIsFound(t *testing.T) {
	d := leakDemo(t, "")
	for _, secret := range []string{d.story.secrets[0], d.story.secrets[len(d.story.secrets)-1]} {
		d := leakDemo(t, "before "+mark("card")+secret+" after")
		_, err := d.lookForSecrets(t.Context())
		require.ErrorContains(t, err, "of a secret")
		require.ErrorContains(t, err, secret)
	}
}

func TestASecretInAnAnswerIsFound(t *testing.T) {
	for _, found := range []func(secret string) client.LogRecord{
		func(secret string) client.LogRecord { return client.LogRecord{ID: 7, Message: "x" + secret} },
		func(secret string) client.LogRecord {
			return client.LogRecord{ID: 7, Fields: map[string]string{"a": secret + "x"}}
		},
	} {
		d := leakDemo(t, mark("card"))
		d.found = []client.LogRecord{found(d.story.secrets[3])}
		_, err := d.lookForSecrets(t.Context())
		require.ErrorContains(t, err, "entry 7 has")
	}
}

func TestFilesWithoutAnythingProveNothing(t *testing.T) {
	_, err := leakDemo(t, "compressed").lookForSecrets(t.Context())
	require.ErrorContains(t, err, "[redacted:card] is in no file")
	result, err := leakDemo(t, "has "+mark("card")).lookForSecrets(t.Context())
	require.NoError(t, err)
	require.Equal(t, "none of 100 secrets is in any file or answer", result)
}
