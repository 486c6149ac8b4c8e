package quota

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-ingest/sluice/libs/config/pertenant"
)

// Limits are how much each tenant may use. The zero value limits nobody.
type Limits struct {
	// Default for tenants that are not named; 0 for no limit.
	Default int64
	// Tenants by name; 0 for no limit.
	Tenants map[string]int64
}

// Of returns the tenant's limit; 0 means that it has none.
func (l Limits) Of(tenant string) int64 {
	if limit, named := l.Tenants[tenant]; named {
		return limit
	}
	return l.Default
}

// Parse reads a setting of the section quotas, and the setting quotas.tenants,
// which has the limits of single tenants, each as tenant=number. It returns every
// one that can't be used.
func Parse(key string, otherwise int64, tenants []string) (Limits, error) {
	limits := Limits{Default: otherwise, Tenants: map[string]int64{}}
	var errs []error
	if otherwise < 0 {
		errs = append(errs, fmt.Errorf("%s must be 0 or above", key))
	}
	for _, setting := range tenants {
		tenant, text, _ := strings.Cut(setting, "=")
		limit, err := strconv.ParseInt(text, 10, 64)
		if err != nil || tenant == "" || limit < 0 {
			errs = append(errs, fmt.Errorf("quotas.tenants has %q: write tenant=number, for example acme=1000000", setting))
			continue
		}
		limits.Tenants[tenant] = limit
	}
	errs = append(errs, pertenant.Check("quotas.tenants", tenants))
	return limits, errors.Join(errs...)
}
