package auth

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/trustfile"
)

// certificates authenticates by client certificates that the TLS handshake has
// verified, with the rules of a file. Safe for concurrent use but for load.
type certificates struct {
	path  string
	rules atomic.Pointer[[]heldRule]
}

type heldRule struct {
	rule

	revoked *revocation
}

// verified returns the client's certificate, or nil when it has none that the
// server's client authorities vouch for.
func verified(ctx context.Context) *x509.Certificate {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	// Not PeerCertificates: nobody may have checked those.
	info, ok := from.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 || len(info.State.VerifiedChains[0]) == 0 {
		return nil
	}
	return info.State.VerifiedChains[0][0]
}

func (c *certificates) authenticate(certificate *x509.Certificate, now time.Time) (principal.Principal, error) {
	var none principal.Principal
	// The handshake was perhaps long ago.
	if !now.Before(certificate.NotAfter) {
		return none, problem.New(problem.CredentialsExpired, "the client certificate has expired: connect anew with a fresh one")
	}
	for _, held := range *c.rules.Load() {
		san, ok := held.match(certificate)
		if !ok {
			continue
		}
		subject := held.subjectFor(san)
		if !isSubject(subject) {
			return none, problem.New(problem.CredentialsInvalid,
				"the name in the client certificate is not %s: name a subject in the server's rule for it", subjectRule)
		}
		return principal.Principal{
			Tenant: held.Tenant, Subject: subject, Credential: "certificate:" + certificate.SerialNumber.Text(16),
			Scopes: held.Scopes, Grants: held.Allow, ExpiresAt: certificate.NotAfter,
			Revoked: held.revoked.ctx,
		}, nil
	}
	return none, problem.New(problem.CredentialsInvalid, "the server has no rule for the names in the client certificate")
}

// ruleDocument is the file's form.
type ruleDocument struct {
	Certificates []rule `yaml:"certificates"`
}

// load reads the file and revokes what its rules no longer mean.
func (c *certificates) load() (string, error) {
	rules, err := loadRules(c.path)
	if err != nil {
		return "", fmt.Errorf("certificates file %s: %w", c.path, err)
	}
	var old []heldRule
	if held := c.rules.Load(); held != nil {
		old = *held
	}
	next, what := follow(old, rules)
	c.rules.Store(&next)
	kept := make(map[*revocation]bool, len(next))
	for _, held := range next {
		kept[held.revoked] = true
	}
	for _, held := range old {
		if !kept[held.revoked] {
			held.revoked.end()
		}
	}
	return what.String(), nil
}

func loadRules(path string) ([]rule, error) {
	data, err := trustfile.Read(path)
	if err != nil {
		return nil, err
	}
	var doc ruleDocument
	if err := trustfile.DecodeYAML(data, &doc); err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for i := range doc.Certificates {
		r := &doc.Certificates[i]
		err := r.validate()
		if err == nil && seen[r.name()] {
			err = fmt.Errorf("%s is there twice: the second rule would never be used", r.name())
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", trustfile.LineOf(data, "certificates", i), err)
		}
		seen[r.name()] = true
	}
	return doc.Certificates, nil
}

// follow returns the rules after old. A rule keeps its revocation when it is the
// same and no rule stands before it that did not before: that one could be meant
// for the same certificates now.
func follow(old []heldRule, rules []rule) ([]heldRule, changes) {
	var what changes
	places := make(map[string]int, len(old))
	for i, held := range old {
		places[held.name()] = i
	}
	next := make([]heldRule, 0, len(rules))
	last := -1 // The farthest place in old of the rules so far.
	for _, r := range rules {
		place, there := places[r.name()]
		delete(places, r.name())
		switch {
		case !there:
			what.added = append(what.added, r.name())
			place = len(old)
		case !r.same(old[place].rule):
			what.changed = append(what.changed, r.name())
			place = len(old)
		case place > last:
			last = place
			next = append(next, heldRule{rule: r, revoked: old[place].revoked})
			continue
		}
		last = max(last, place)
		next = append(next, heldRule{rule: r, revoked: newRevocation()})
	}
	for _, held := range old {
		if _, gone := places[held.name()]; gone {
			what.removed = append(what.removed, held.name())
		}
	}
	return next, what
}
