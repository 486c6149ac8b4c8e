package auth

import (
	"fmt"
	"strings"
)

// howTo tells a caller what the server takes.
func (c Config) howTo() string {
	var tokens, ways []string
	if c.KeysFile != "" {
		tokens = append(tokens, "API key")
	}
	if c.JWT.Enabled() {
		tokens = append(tokens, "JWT")
	}
	if len(tokens) > 0 {
		ways = append(ways, fmt.Sprintf(`send the metadata "%s: Bearer <%s>"%s`, header, strings.Join(tokens, " or "), c.whence()))
	}
	if c.CertificatesFile != "" {
		ways = append(ways, "connect with a client certificate that the server knows")
	}
	return strings.Join(ways, ", or ")
}

func (c Config) whence() string {
	if c.KeysFile == "" {
		return ""
	}
	return ` with a key from "sluice keys create"`
}
