package auth

import "go.uber.org/zap"

// Config of the authentication.
type Config struct {
	// KeysFile is the path of the file of API keys. Empty, the default, is no
	// authentication: every call is anonymous.
	KeysFile string `help:"file of API keys, as \"sluice keys\" writes it; empty is no authentication" koanf:"keys_file"`
}

// Authenticator opens the keys file, or returns [Anonymous] when there is none.
func (c Config) Authenticator(log *zap.Logger) (Authenticator, error) {
	if c.KeysFile == "" {
		return Anonymous{}, nil
	}
	keys, err := OpenKeys(c.KeysFile, log)
	if err != nil {
		return nil, err
	}
	return keys, nil
}
