package s3_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

func TestSettingsThatCannotBeUsedAreNamed(t *testing.T) {
	require.NoError(t, configFor("127.0.0.1:9000").Validate())
	for want, change := range map[string]func(*s3.Config){
		"s3.endpoint":        func(c *s3.Config) { c.Endpoint = "https://127.0.0.1" },
		"s3.bucket":          func(c *s3.Config) { c.Bucket = "" },
		"s3.prefix":          func(c *s3.Config) { c.Prefix = "files" },
		"s3.region":          func(c *s3.Config) { c.Region = "" },
		"s3.secret_key":      func(c *s3.Config) { c.SecretKey = "" },
		"s3.part_size":       func(c *s3.Config) { c.PartSize = 5<<20 - 1 },
		"s3.parts_in_flight": func(c *s3.Config) { c.PartsInFlight = 0 },
		"s3.checksum":        func(c *s3.Config) { c.Checksum = "sha1" },
		"s3.timeout":         func(c *s3.Config) { c.Timeout = 0 },
		"s3.attempts":        func(c *s3.Config) { c.Attempts = 0 },
	} {
		c := configFor("127.0.0.1:9000")
		change(&c)
		require.ErrorContains(t, c.Validate(), want)
		_, err := s3.Open(context.Background(), c)
		require.ErrorContains(t, err, want)
	}
}

func TestSettingsOfTheirDefaultAreNotGiven(t *testing.T) {
	c := s3.DefaultConfig()
	require.Empty(t, c.Given())
	c.Endpoint, c.SecretKey, c.Attempts = "127.0.0.1:9000", "secret", 1
	require.Equal(t, []string{"s3.endpoint", "s3.secret_key", "s3.attempts"}, c.Given())
}

func TestTheLargestFileMustFitIntoItsParts(t *testing.T) {
	c := s3.DefaultConfig()
	most := int64(c.PartSize) * 10_000
	require.NoError(t, c.CheckFileSize(most))
	require.ErrorContains(t, c.CheckFileSize(most+1), "raise s3.part_size or lower max_file_size")
	c.PartSize = 5 * config.GiB
	require.NoError(t, c.CheckFileSize(5<<40))
	require.Error(t, c.CheckFileSize(5<<40+1))
}

func TestAWrongPlaceIsRefusedAtTheStart(t *testing.T) {
	server := s3server.Start(t)
	for want, change := range map[string]func(*s3.Config){
		"there is no bucket absent": func(c *s3.Config) { c.Bucket = "absent" },
		"s3.access_key":             func(c *s3.Config) { c.AccessKey = "nobody" },
		"s3.endpoint":               func(c *s3.Config) { c.Insecure = false; c.Attempts = 1 },
	} {
		c := configFor(server.Addr)
		change(&c)
		_, err := s3.Open(context.Background(), c)
		require.ErrorContains(t, err, want)
	}
}

func TestKeysAreFoundInTheEnvironmentAndInAFile(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	c.AccessKey, c.SecretKey = "", ""
	c.CredentialsFile = filepath.Join(t.TempDir(), "credentials")
	_, err := s3.Open(context.Background(), c)
	require.Error(t, err)

	keys := "[default]\naws_access_key_id = " + s3server.AccessKey + "\naws_secret_access_key = " + s3server.SecretKey + "\n"
	require.NoError(t, os.WriteFile(c.CredentialsFile, []byte(keys), 0o600))
	openStore(t, c)

	c.CredentialsFile = filepath.Join(t.TempDir(), "absent")
	t.Setenv("AWS_ACCESS_KEY_ID", s3server.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3server.SecretKey)
	openStore(t, c)
}
