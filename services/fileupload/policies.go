package fileupload

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// PoliciesConfig says which files are taken, and how long they are kept.
type PoliciesConfig struct {
	Default PolicyConfig   `koanf:"default" help:"what holds for files beside max_file_size and allowed_types"`
	Tenants TenantPolicies `koanf:"tenants" help:"policies of single tenants, as YAML text: acme: {allowed_types: [.csv], max_file_size: 1GiB}, for example; what a tenant does not set is as in policies.default, max_file_size and allowed_types"`
}

// PolicyConfig is a policy without the extensions and the largest size.
type PolicyConfig struct {
	MediaTypes  []string      `koanf:"media_types" help:"types taken that the content is found to have, for example image/* or application/pdf; empty for any"`
	TypesAgree  bool          `koanf:"types_agree" help:"whether the extension and the content have to agree; with the extension * they never have to"`
	MinFileSize config.Bytes  `koanf:"min_file_size" help:"smallest file taken"`
	NameRule    string        `koanf:"name_rule" help:"RE2 expression that a whole file name has to match; empty for any name"`
	Expiry      time.Duration `koanf:"expiry" help:"how long a file is kept whose uploader does not say; 0 for as long as max_expiry allows"`
	MaxExpiry   time.Duration `koanf:"max_expiry" help:"how long a file may be kept; 0 for good"`
	Scan        bool          `koanf:"scan" help:"whether contents are scanned, when there is a scanner"`
}

// DefaultPoliciesConfig takes any content that agrees with its extension, and
// scans it when there is a scanner.
func DefaultPoliciesConfig() PoliciesConfig {
	return PoliciesConfig{Default: PolicyConfig{TypesAgree: true, Scan: true}}
}

// policy is a whole policy as it is configured.
type policy struct {
	PolicyConfig

	allowedTypes []string
	maxFileSize  config.Bytes
}

// policies reads the policies of all tenants, and returns every setting that can't
// be used.
func (c Config) policies() (core.Policies, error) {
	base := policy{PolicyConfig: c.Policies.Default, allowedTypes: c.AllowedTypes, maxFileSize: c.MaxFileSize}
	read, err := base.read("policies.default.")
	policies := core.Policies{Default: read, Tenants: map[string]core.Policy{}}
	errs := []error{
		check(c.MaxFileSize > 0, "max_file_size must be above 0, for example 10GiB"), checkTypes("allowed_types", c.AllowedTypes), err,
	}
	for tenant, own := range c.Policies.Tenants.sorted() {
		of := "policies.tenants: " + tenant + ": "
		errs = append(errs,
			check(tenant != "", "policies.tenants has a policy without a tenant: name it"),
			check(c.Scan.Clamd != "" || own.Scan == nil || !*own.Scan, of+"scan is true and there is no scanner: set scan.clamd"))
		mine := own.over(base)
		policies.Tenants[tenant], err = mine.read(of)
		errs = append(errs, err, check(mine.maxFileSize > 0, of+"max_file_size must be above 0, for example 1GiB"),
			checkTypes(of+"allowed_types", mine.allowedTypes))
	}
	return policies, errors.Join(errs...)
}

// read returns the policy and what of it can't be used. of is what the names of
// its settings begin with.
func (p policy) read(of string) (core.Policy, error) {
	names, nameErr := readNameRule(of, p.NameRule)
	media, mediaErr := readMediaTypes(of, p.MediaTypes)
	return core.Policy{
			Types:    core.TypePolicy{Extensions: p.allowedTypes, MediaTypes: media, Disagreeing: !p.TypesAgree},
			MinBytes: int64(p.MinFileSize), MaxBytes: int64(p.maxFileSize), Names: names,
			Expiry: p.Expiry, MaxExpiry: p.MaxExpiry, Unscanned: !p.Scan,
		}, errors.Join(
			nameErr, mediaErr,
			check(p.MinFileSize >= 0 && p.MinFileSize <= p.maxFileSize, of+"min_file_size must be 0 or above, and at most max_file_size"),
			check(p.Expiry >= 0, of+"expiry must be 0 or above, for example 720h"),
			check(p.MaxExpiry >= 0, of+"max_expiry must be 0 or above, for example 8760h"),
			check(p.MaxExpiry <= 0 || p.Expiry <= p.MaxExpiry, of+"expiry must be at most max_expiry"),
		)
}

func readNameRule(of, expression string) (*core.NameRule, error) {
	if expression == "" {
		return nil, nil
	}
	rule, err := core.NewNameRule(expression)
	if err != nil {
		return nil, fmt.Errorf("%sname_rule is no RE2 expression: %w", of, err)
	}
	return rule, nil
}

func readMediaTypes(of string, names []string) (types []string, err error) {
	var errs []error
	for _, name := range names {
		known, err := core.NewMediaType(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("%smedia_types: %w", of, err))
			continue
		}
		types = append(types, known)
	}
	return types, errors.Join(errs...)
}

func checkTypes(setting string, types []string) error {
	if len(types) == 0 {
		return fmt.Errorf("%s is empty, so that no file could be taken: list extensions, or * for all", setting)
	}
	for _, extension := range types {
		if extension == core.AnyType {
			continue
		}
		if !strings.HasPrefix(extension, ".") || len(extension) < 2 || extension != strings.ToLower(extension) {
			return fmt.Errorf("%s has %q: write an extension with its dot in lower case, for example .csv", setting, extension)
		}
	}
	return nil
}
