package fileupload

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/libs/config"
)

// TenantPolicies are policies by tenant. Their text is a YAML mapping; the empty
// text stands for none.
type TenantPolicies map[string]TenantPolicy

// TenantPolicy is what a tenant's policy has of its own; nil for what it has not.
// The settings are those of [PolicyConfig] and [Config].
type TenantPolicy struct {
	AllowedTypes *[]string      `yaml:"allowed_types,omitempty"`
	MediaTypes   *[]string      `yaml:"media_types,omitempty"`
	TypesAgree   *bool          `yaml:"types_agree,omitempty"`
	MinFileSize  *config.Bytes  `yaml:"min_file_size,omitempty"`
	MaxFileSize  *config.Bytes  `yaml:"max_file_size,omitempty"`
	NameRule     *string        `yaml:"name_rule,omitempty"`
	Expiry       *time.Duration `yaml:"expiry,omitempty"`
	MaxExpiry    *time.Duration `yaml:"max_expiry,omitempty"`
	Scan         *bool          `yaml:"scan,omitempty"`
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *TenantPolicies) UnmarshalText(text []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var read map[string]TenantPolicy
	if err := decoder.Decode(&read); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("is no YAML text of policies by tenant, such as acme: {max_file_size: 1GiB}: %w", readably(err))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("has more than one YAML document; write all tenants into one")
	}
	*p = read
	return nil
}

// readably says what is wrong with a text without the names of our types.
func readably(err error) error {
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	said := strings.NewReplacer(
		"field ", "setting ",
		" not found in type fileupload.TenantPolicy", " is none of allowed_types, media_types, types_agree, min_file_size, max_file_size, "+
			"name_rule, expiry, max_expiry, scan",
		"into time.Duration", "as a duration, such as 720h", "into config.Bytes", "as a size, such as 1GiB", "cannot unmarshal", "can't read",
	).Replace(strings.Join(wrong.Errors, "; "))
	return errors.New(said)
}

// MarshalText implements [encoding.TextMarshaler].
func (p TenantPolicies) MarshalText() ([]byte, error) {
	if len(p) == 0 {
		return nil, nil
	}
	return yaml.Marshal(map[string]TenantPolicy(p))
}

// sorted yields the policies in the order of the tenants' names.
func (p TenantPolicies) sorted() iter.Seq2[string, TenantPolicy] {
	return func(yield func(string, TenantPolicy) bool) {
		for _, tenant := range slices.Sorted(maps.Keys(p)) {
			if !yield(tenant, p[tenant]) {
				return
			}
		}
	}
}

// over returns the policy with what the tenant has of its own.
func (p *TenantPolicy) over(base policy) policy {
	override(&base.allowedTypes, p.AllowedTypes)
	override(&base.MediaTypes, p.MediaTypes)
	override(&base.TypesAgree, p.TypesAgree)
	override(&base.MinFileSize, p.MinFileSize)
	override(&base.maxFileSize, p.MaxFileSize)
	override(&base.NameRule, p.NameRule)
	override(&base.Expiry, p.Expiry)
	override(&base.MaxExpiry, p.MaxExpiry)
	override(&base.Scan, p.Scan)
	return base
}

func override[T any](value, own *T) {
	if own != nil {
		*value = *own
	}
}
