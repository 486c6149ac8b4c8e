package client

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxTokenBytes is more than any server takes in a header.
const maxTokenBytes = 64 << 10

// TokenFile returns a source that reads its token from a file, such as a
// projected service account token of Kubernetes. The file is read for each call,
// so that a new token counts as soon as it is there. White space around the
// token is no part of it.
func TokenFile(path string) TokenSource { return tokenFile{path} }

type tokenFile struct{ path string }

func (f tokenFile) Token(context.Context) (string, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return "", fmt.Errorf("open the token's file: %w", err)
	}
	defer file.Close() //nolint:errcheck // a file opened for reading has nothing to lose
	content, err := io.ReadAll(io.LimitReader(file, maxTokenBytes+1))
	if err != nil {
		return "", fmt.Errorf("read the token's file: %w", err)
	}
	if len(content) > maxTokenBytes {
		return "", fmt.Errorf("the token's file %s has more than %d bytes; give one that holds a token alone", f.path, maxTokenBytes)
	}
	return strings.TrimSpace(string(content)), nil
}
