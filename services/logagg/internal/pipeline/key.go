package pipeline

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
)

// readKey reads a key for hashing, without the spaces and line ends around it.
func readKey(file, variable string) ([]byte, error) {
	if variable != "" {
		return bytes.TrimSpace([]byte(os.Getenv(variable))), nil
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	return bytes.TrimSpace(key), nil
}

// randomKey reads nothing.
func randomKey(string, string) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // Never fails.
	return key, nil
}
