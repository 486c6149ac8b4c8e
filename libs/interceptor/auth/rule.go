package auth

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// rule says who a client certificate is. The first rule of the file that matches
// counts.
type rule struct {
	// One of the three: what has to be among the certificate's alternative names.
	SpiffeID string `yaml:"spiffe_id,omitempty"`
	DNSSAN   string `yaml:"dns_san,omitempty"`
	URISAN   string `yaml:"uri_san,omitempty"`

	Tenant string `yaml:"tenant"`
	// Subject is the name that matched when it is empty.
	Subject string            `yaml:"subject,omitempty"`
	Scopes  []principal.Scope `yaml:"scopes,flow"`
	Allow   principal.Grants  `yaml:"allow,omitempty"`
}

// name tells a rule from the others of its file.
func (r rule) name() string {
	switch {
	case r.SpiffeID != "":
		return "spiffe_id " + r.SpiffeID
	case r.DNSSAN != "":
		return "dns_san " + strings.ToLower(r.DNSSAN)
	default:
		return "uri_san " + r.URISAN
	}
}

func (r rule) same(other rule) bool { return reflect.DeepEqual(r, other) }

func (r rule) subjectFor(san string) string { return cmp.Or(r.Subject, san) }

// match returns the name of the certificate that the rule is about.
func (r rule) match(certificate *x509.Certificate) (san string, ok bool) {
	switch {
	case r.SpiffeID != "":
		id, ok := spiffeID(certificate)
		return id, ok && matchesURI(r.SpiffeID, id)
	case r.DNSSAN != "":
		for _, name := range certificate.DNSNames {
			if matchesDNS(r.DNSSAN, name) {
				return strings.ToLower(name), true
			}
		}
	default:
		for _, uri := range certificate.URIs {
			if matchesURI(r.URISAN, uri.String()) {
				return uri.String(), true
			}
		}
	}
	return "", false
}

func (r rule) validate() error {
	if err := errors.Join(r.checkName(), apikey.CheckName("tenant", r.Tenant), apikey.CheckRights(r.Scopes, r.Allow)); err != nil {
		return err
	}
	if r.Subject != "" && !isSubject(r.Subject) {
		return fmt.Errorf("subject %q is not %s", r.Subject, subjectRule)
	}
	return nil
}

func (r rule) checkName() error {
	given := 0
	for _, pattern := range []string{r.SpiffeID, r.DNSSAN, r.URISAN} {
		if pattern != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return errors.New("a rule needs one of spiffe_id, dns_san and uri_san, which says for what certificates it is")
	case r.SpiffeID != "":
		return checkSPIFFE(r.SpiffeID)
	case r.DNSSAN != "":
		return checkDNS(r.DNSSAN)
	default:
		return checkURI(r.URISAN)
	}
}
