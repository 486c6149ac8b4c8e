package fileupload

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const tenantsYAML = `
max_file_size: 2GiB
policies:
  default:
    media_types: [image/*, application/x-pdf]
    max_expiry: 720h
  tenants: |
    acme:
      allowed_types: [.csv, .txt]
      media_types: []
      max_file_size: 1GiB
      min_file_size: 10
      name_rule: '[a-z]+\.csv|[a-z]+\.txt'
      types_agree: false
      expiry: 24h
      scan: false
    other:
      max_expiry: 0s
`

// loaded is the configuration of a file.
func loaded(t *testing.T, yaml string, args ...string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
	return config.Load("sluice-fileupload", DefaultConfig(), config.Input{Args: append([]string{"--config", path}, args...)})
}

func TestATenantsPolicyHasWhatItSetsAndElseTheDefault(t *testing.T) {
	cfg, err := loaded(t, tenantsYAML)
	require.NoError(t, err)
	policies, err := cfg.policies()
	require.NoError(t, err)
	base := core.Policy{
		Types:    core.TypePolicy{Extensions: core.DefaultTypes(), MediaTypes: []string{"image/*", "application/pdf"}},
		MaxBytes: 2 << 30, MaxExpiry: 720 * time.Hour,
	}
	require.Equal(t, base, policies.Of("anybody"))
	rule, err := core.NewNameRule(`[a-z]+\.csv|[a-z]+\.txt`)
	require.NoError(t, err)
	require.Equal(t, core.Policy{
		Types:    core.TypePolicy{Extensions: []string{".csv", ".txt"}, Disagreeing: true},
		MinBytes: 10, MaxBytes: 1 << 30, Names: rule, Expiry: 24 * time.Hour, MaxExpiry: 720 * time.Hour, Unscanned: true,
	}, policies.Of("acme"))
	base.MaxExpiry = 0
	require.Equal(t, base, policies.Of("other"))
}

func TestPrintedPoliciesMeanTheSameWhenTheyAreReadBack(t *testing.T) {
	printed := func(yaml string) string {
		path := filepath.Join(t.TempDir(), "config.yaml")
		require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
		var out bytes.Buffer
		_, err := config.Load("sluice-fileupload", DefaultConfig(), config.Input{Args: []string{"--config", path, "--print-config"}, Stdout: &out})
		require.ErrorIs(t, err, config.ErrDone)
		return out.String()
	}
	once := printed(tenantsYAML)
	require.Contains(t, once, `name_rule: '[a-z]+\.csv|[a-z]+\.txt'`)
	require.Contains(t, once, "media_types: []")
	require.Equal(t, once, printed(once))
}

func TestPoliciesCanBeSetByAFlag(t *testing.T) {
	cfg, err := loaded(t, "{}", `--policies-tenants={acme: {max_file_size: 5, expiry: 1h}}`)
	require.NoError(t, err)
	policies, err := cfg.policies()
	require.NoError(t, err)
	require.EqualValues(t, 5, policies.Of("acme").MaxBytes)
	require.Equal(t, time.Hour, policies.Of("acme").Expiry)
}

func TestAPolicyThatCannotBeUsedIsNamed(t *testing.T) {
	for want, yaml := range map[string]string{
		`max_file_size must be above 0`:                       `max_file_size: 0`,
		`allowed_types is empty`:                              `allowed_types: []`,
		`policies.default.name_rule is no RE2 expression`:     `policies: {default: {name_rule: "("}}`,
		`policies.default.media_types: "image"`:               `policies: {default: {media_types: [image]}}`,
		`policies.default.min_file_size must be 0 or above`:   `policies: {default: {min_file_size: 11GiB}}`,
		`policies.default.expiry must be 0 or above`:          `policies: {default: {expiry: -1s}}`,
		`policies.default.max_expiry must be 0 or above`:      `policies: {default: {max_expiry: -1s}}`,
		`policies.default.expiry must be at most max_expiry`:  `policies: {default: {expiry: 2h, max_expiry: 1h}}`,
		`acme: allowed_types has "csv"`:                       `policies: {tenants: "acme: {allowed_types: [csv]}"}`,
		`acme: allowed_types is empty`:                        `policies: {tenants: "acme: {allowed_types: []}"}`,
		`acme: max_file_size must be above 0`:                 `policies: {tenants: "acme: {max_file_size: 0}"}`,
		`acme: name_rule is no RE2 expression`:                `policies: {tenants: "acme: {name_rule: '['}"}`,
		`acme: scan is true and there is no scanner`:          `policies: {tenants: "acme: {scan: true}"}`,
		`policies.tenants has a policy without a tenant`:      `policies: {tenants: "'': {scan: false}"}`,
		`setting max_size is none of allowed_types,`:          `policies: {tenants: "acme: {max_size: 1GiB}"}`,
		"can't read !!str `30d` as a duration, such as 720h":  `policies: {tenants: "acme: {expiry: 30d}"}`,
		`is no YAML text of policies by tenant`:               `policies: {tenants: "acme"}`,
		`has more than one YAML document`:                     `policies: {tenants: "a: {}\n---\nb: {}"}`,
		`mapping key "acme" already defined at line 1`:        `policies: {tenants: "acme: {}\nacme: {}"}`,
		`unknown key "policies.tenants.acme.max_file_size"`:   `policies: {tenants: {acme: {max_file_size: 1GiB}}}`,
		`scan.clamd is "clamd"`:                               `scan: {clamd: clamd}`,
		`scan.unscannable is "drop"`:                          `scan: {unscannable: drop}`,
		`scan.timeout must be above 0`:                        `scan: {timeout: 0s}`,
		`scan.max_size: "-1" is not a size`:                   `scan: {max_size: "-1"}`,
		`scan.quarantine_expiry must be above 0`:              `scan: {quarantine_expiry: 0s}`,
		`policies.default.media_types: "application/unknown"`: `policies: {default: {media_types: [application/unknown]}}`,
	} {
		_, err := loaded(t, yaml)
		require.ErrorContains(t, err, want, yaml)
	}
}

func TestAScannerIsNamedByItsAddress(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:3310", "[::1]:3310", "/run/clamav/clamd.ctl"} {
		_, err := loaded(t, `{scan: {clamd: "`+address+`"}}`)
		require.NoError(t, err, address)
	}
	_, err := loaded(t, `{scan: {clamd: "127.0.0.1:3310"}, policies: {tenants: "acme: {scan: true}"}}`)
	require.NoError(t, err)
}
