package auth

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// JWT says which JSON Web Tokens the server takes. It is on when JWKSURL or
// JWKSFile is set.
type JWT struct {
	JWKSURL         string        `help:"https URL of the issuer's keys, fetched at the start, every refresh_interval and when a token names an unknown key" koanf:"jwks_url"`
	JWKSFile        string        `help:"file of the issuer's keys as a JSON Web Key Set, in place of jwks_url"                                          koanf:"jwks_file"`
	Issuer          string        `help:"issuer (iss) that tokens must name; required"                                                                   koanf:"issuer"`
	Audience        string        `help:"audience (aud) that tokens must name, among others; required"                                                   koanf:"audience"`
	Algorithms      []string      `help:"signature algorithms that are taken, of RS256 to RS512, PS256 to PS512, ES256 to ES512 and EdDSA"               koanf:"algorithms"`
	Leeway          time.Duration `help:"how far the clocks of issuer and server may differ when exp, nbf and iat are checked; at most 5m"               koanf:"leeway"`
	TenantClaim     string        `help:"claim with the tenant"                                                                                          koanf:"tenant_claim"`
	SubjectClaim    string        `help:"claim with the subject"                                                                                         koanf:"subject_claim"`
	ScopesClaim     string        `help:"claim with the scopes, a string with spaces between or a list of strings; scopes unknown here are ignored"      koanf:"scopes_claim"`
	GrantsClaim     string        `help:"claim with an object of the lists files, sources and applications, which narrow the scopes; empty for none"     koanf:"grants_claim"`
	RefreshInterval time.Duration `help:"time between two fetches of jwks_url; at least 1s"                                                              koanf:"refresh_interval"`
}

func defaultJWT() JWT {
	return JWT{
		Algorithms:      []string{"RS256", "ES256", "EdDSA"},
		Leeway:          30 * time.Second,
		TenantClaim:     "tenant",
		SubjectClaim:    "sub",
		ScopesClaim:     "scope",
		RefreshInterval: 5 * time.Minute,
	}
}

// Enabled tells whether JWTs are taken.
func (j JWT) Enabled() bool { return j.JWKSURL != "" || j.JWKSFile != "" }

const maxLeeway = 5 * time.Minute

func (j JWT) validate() error {
	if !j.Enabled() {
		if j.Issuer != "" || j.Audience != "" {
			return errors.New("auth.jwt: set jwks_url or jwks_file: without the issuer's keys no token can be checked")
		}
		return nil
	}
	return errors.Join(
		j.checkSource(),
		required("auth.jwt.issuer", j.Issuer),
		required("auth.jwt.audience", j.Audience),
		required("auth.jwt.tenant_claim", j.TenantClaim),
		required("auth.jwt.subject_claim", j.SubjectClaim),
		required("auth.jwt.scopes_claim", j.ScopesClaim),
		checkAlgorithms(j.Algorithms),
		between("auth.jwt.leeway", j.Leeway, 0, maxLeeway),
		between("auth.jwt.refresh_interval", j.RefreshInterval, time.Second, 24*time.Hour),
	)
}

func (j JWT) checkSource() error {
	switch {
	case j.JWKSURL != "" && j.JWKSFile != "":
		return errors.New("auth.jwt: set jwks_url or jwks_file, not both")
	case j.JWKSURL == "":
		return nil
	}
	u, err := url.Parse(j.JWKSURL)
	if err == nil {
		err = checkURL(u)
	}
	if err != nil {
		return fmt.Errorf("auth.jwt.jwks_url: %w", err)
	}
	return nil
}

// checkURL refuses what keys must not be fetched from: whoever can change them
// on the way can make tokens.
func checkURL(u *url.URL) error {
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	switch {
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("write an https URL, such as https://issuer.example/keys.json")
	case u.Scheme == "http" && !loopback:
		return errors.New("http would let others change the keys on the way: use https")
	case u.User != nil:
		return errors.New("a name and password in the URL end up in logs: leave them out")
	}
	return nil
}

func required(key, value string) error {
	if value == "" {
		return fmt.Errorf("%s: is required", key)
	}
	return nil
}

func between(key string, d, least, most time.Duration) error {
	if d < least || d > most {
		return fmt.Errorf("%s: %s is not between %s and %s", key, d, least, most)
	}
	return nil
}

var errNoAlgorithm = errors.New("auth.jwt.algorithms: name at least one, such as RS256")

func checkAlgorithms(algorithms []string) error {
	if len(algorithms) == 0 {
		return errNoAlgorithm
	}
	for _, algorithm := range algorithms {
		switch {
		case strings.EqualFold(algorithm, "none"):
			return fmt.Errorf("auth.jwt.algorithms: %q would take tokens that nobody signed", algorithm)
		case strings.HasPrefix(strings.ToUpper(algorithm), "HS"):
			return fmt.Errorf("auth.jwt.algorithms: %q is signed with a shared secret, and a set of public keys has none: use RS256, ES256 or EdDSA", algorithm)
		case !slices.Contains(knownAlgorithms(), algorithm):
			return fmt.Errorf("auth.jwt.algorithms: %q is none of %s", algorithm, strings.Join(knownAlgorithms(), ", "))
		}
	}
	return nil
}

func knownAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}
