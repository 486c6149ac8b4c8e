package auth

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
)

// below ends a pattern for all URIs below one.
const below = "/*"

// matchesURI tells whether a URI is the pattern, or below it when it ends with
// /*.
func matchesURI(pattern, uri string) bool {
	if parent, ok := strings.CutSuffix(pattern, "*"); ok {
		return len(uri) > len(parent) && strings.HasPrefix(uri, parent) && hasPlainPath(uri)
	}
	return uri == pattern
}

// hasPlainPath refuses paths that others might read as leading out of the
// pattern.
func hasPlainPath(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.RawPath != "" || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(u.Path, "/"), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// matchesDNS tells whether a DNS name is the pattern, whatever the case, or one
// label longer when the pattern begins with *.
func matchesDNS(pattern, name string) bool {
	parent, ok := strings.CutPrefix(pattern, "*")
	if !ok {
		return strings.EqualFold(pattern, name)
	}
	label, rest, found := strings.Cut(name, ".")
	return found && label != "" && label != "*" && strings.EqualFold(parent, "."+rest)
}

// spiffeID returns the certificate's SPIFFE id. A certificate with several URIs
// has none: that is how the SPIFFE standard wants it.
func spiffeID(certificate *x509.Certificate) (string, bool) {
	if len(certificate.URIs) != 1 {
		return "", false
	}
	u := certificate.URIs[0]
	plain := u.Scheme == "spiffe" && u.Host != "" && u.User == nil && u.Port() == ""
	return u.String(), plain && (u.Path == "" || hasPlainPath(u.String()))
}

func checkSPIFFE(pattern string) error {
	domain, found := strings.CutPrefix(pattern, "spiffe://")
	domain, _, _ = strings.Cut(domain, "/")
	if !found || domain == "" || domain == "*" || !starAtEnd(pattern) {
		return fmt.Errorf("spiffe_id %q is not like spiffe://example.org/collector or spiffe://example.org/collector/*", pattern)
	}
	return nil
}

func checkURI(pattern string) error {
	u, err := url.Parse(strings.TrimSuffix(pattern, below))
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" || !starAtEnd(pattern) {
		return fmt.Errorf("uri_san %q is not like https://example.org/collector or https://example.org/collector/*", pattern)
	}
	return nil
}

// starAtEnd tells whether the pattern has no star but in /* at its end.
func starAtEnd(pattern string) bool {
	return !strings.Contains(strings.TrimSuffix(pattern, below), "*")
}

func checkDNS(pattern string) error {
	name := strings.TrimPrefix(pattern, "*.")
	plain := strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
	if !plain || name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
		return fmt.Errorf("dns_san %q is not like agent.example.org or *.example.org", pattern)
	}
	return nil
}
