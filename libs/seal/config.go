package seal

import (
	"errors"
	"strings"
)

// Config says with which outer key a service encrypts what it keeps.
type Config struct {
	Key string `koanf:"key" help:"outer key that data at rest is encrypted with: file:PATH or PATH of a keyset made by sluice encryption create-key, or the URI of a KMS key (aws-kms://, hcvault://); empty stores plain"`
}

// Enabled tells whether there is a key.
func (c Config) Enabled() bool { return c.Key != "" }

// Validate returns what can't be used. It opens nothing.
func (c Config) Validate() error {
	if !c.Enabled() {
		return nil
	}
	if path, isFile := c.file(); isFile && path == "" {
		return errors.New("encryption.key names no file: write file:PATH or the URI of a KMS key")
	}
	return nil
}

// file returns the path of the keyset, and false for the URI of a KMS.
func (c Config) file() (path string, isFile bool) {
	if path, isFile := strings.CutPrefix(c.Key, "file:"); isFile {
		return path, true
	}
	return c.Key, !strings.Contains(c.Key, "://")
}
