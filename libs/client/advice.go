package client

import (
	"strings"

	"google.golang.org/grpc/codes"
)

// reasonAdvice adds to the server's text what the SDK knows better: the options
// of its own by which the caller can help.
var reasonAdvice = map[string]string{ //nolint:gosec // names of reasons, no credentials
	"CREDENTIALS_MISSING": "give an API key with WithAPIKey",
	"CREDENTIALS_INVALID": "check the API key",
	"CREDENTIALS_EXPIRED": "get a new API key, then resume with the same upload id",
	"FENCED":              "another call uploads under the same upload id; let only one run",
	"WORK_ENDED":          "begin again under another upload id",
	"WORK_CHANGED":        "use another upload id for another file",
	"CHUNK_TOO_LARGE":     "lower WithChunkSize",
}

// transportAdvice reads what gRPC says of a connection that can't be made.
var transportAdvice = []struct{ text, advice string }{
	{"first record does not look like a TLS handshake", "the server speaks plaintext: use WithPlaintext if the network is trusted"},
	{"error reading server preface", "the server may expect TLS: use WithTLS"},
	{"certificate signed by unknown authority", "give the server's root certificate with WithTLS"},
	{"connection refused", "check the address and that the server runs"},
	{"no such host", "check the address"},
}

func (e *Error) advice() string {
	if e.Reason != "" || e.Code != codes.Unavailable {
		return reasonAdvice[e.Reason]
	}
	for _, entry := range transportAdvice {
		if strings.Contains(e.Message, entry.text) {
			return entry.advice
		}
	}
	return ""
}
