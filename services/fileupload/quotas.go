package fileupload

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/config/pertenant"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// QuotaConfig says how much a tenant may store.
type QuotaConfig struct {
	FileBytes config.Bytes `koanf:"file_bytes" help:"size of all files of a tenant, with what its unfinished uploads reserve; 0 for no limit"`
	Files     int64        `koanf:"files" help:"number of files of a tenant, its unfinished uploads included; 0 for no limit"`
	Tenants   []string     `koanf:"tenants" help:"quotas of single tenants, each as tenant=file_bytes/files, for example acme=100GiB/50000; 0 for no limit"`
}

// quotas reads the section, and returns every setting that can't be used.
func (c QuotaConfig) quotas() (core.Quotas, error) {
	quotas := core.Quotas{
		Default: core.Quota{Bytes: int64(c.FileBytes), Files: c.Files}, Tenants: map[string]core.Quota{},
	}
	errs := []error{
		check(c.FileBytes >= 0, "quotas.file_bytes must be 0 or above, for example 100GiB"),
		check(c.Files >= 0, "quotas.files must be 0 or above"),
	}
	for _, setting := range c.Tenants {
		tenant, own, err := parseTenantQuota(setting)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		quotas.Tenants[tenant] = own
	}
	errs = append(errs, pertenant.Check("quotas.tenants", c.Tenants))
	return quotas, errors.Join(errs...)
}

// parseTenantQuota reads tenant=file_bytes/files.
func parseTenantQuota(setting string) (tenant string, own core.Quota, err error) {
	tenant, text, _ := strings.Cut(setting, "=")
	size, count, _ := strings.Cut(text, "/")
	var bytes config.Bytes
	sizeErr := bytes.UnmarshalText([]byte(size))
	files, countErr := strconv.ParseInt(count, 10, 64)
	if sizeErr != nil || countErr != nil || tenant == "" || files < 0 {
		return "", core.Quota{}, fmt.Errorf(
			"quotas.tenants has %q: write tenant=file_bytes/files, for example acme=100GiB/50000, with 0 for no limit", setting)
	}
	return tenant, core.Quota{Bytes: int64(bytes), Files: files}, nil
}
