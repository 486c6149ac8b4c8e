package cli

import (
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// keyView is an API key as the command line shows it.
type keyView struct {
	ID          string            `json:"id"`
	Tenant      string            `json:"tenant"`
	Subject     string            `json:"subject"`
	Scopes      []principal.Scope `json:"scopes"`
	Allow       principal.Grants  `json:"allow,omitzero"`
	Description string            `json:"description,omitempty"`
	CreateTime  *time.Time        `json:"create_time,omitempty"`
	ExpireTime  *time.Time        `json:"expire_time,omitempty"`
	Expired     bool              `json:"expired"`
}

// newKeyView also has the key's text, which is known only when it is made.
type newKeyView struct {
	keyView
	Key string `json:"key"`
}

func viewKey(k apikey.Key, now time.Time) keyView {
	return keyView{
		ID: k.ID, Tenant: k.Tenant, Subject: k.Subject, Scopes: k.Scopes, Allow: k.Allow, Description: k.Description,
		CreateTime: nonZero(k.CreatedAt), ExpireTime: nonZero(k.ExpiresAt), Expired: k.Expired(now),
	}
}

func keyColumns() []string {
	return []string{"KEY ID", "TENANT", "SUBJECT", "SCOPES", "ALLOW", "CREATED", "EXPIRES", "DESCRIPTION"}
}

func (k keyView) id() string { return k.ID }

func (k keyView) row() []string {
	scopes := strings.Join(mapped(k.Scopes, func(s principal.Scope) string { return string(s) }), ",")
	return []string{
		k.ID, k.Tenant, k.Subject, scopes, human.Text(grantsText(k.Allow)),
		showTime(k.CreateTime), k.expires(), human.Text(k.Description),
	}
}

func (k keyView) expires() string {
	switch {
	case k.ExpireTime == nil:
		return "never"
	case k.Expired:
		return "expired"
	}
	return showTime(k.ExpireTime)
}

func nonZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
