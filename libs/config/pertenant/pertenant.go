// Package pertenant checks settings that list something for each tenant.
package pertenant

import (
	"errors"
	"fmt"
	"strings"
)

// Check returns an error for every item of a list setting, each
// tenant=value, whose tenant has one already. It names both.
func Check(key string, items []string) error {
	var errs []error
	at := map[string]int{}
	for i, item := range items {
		tenant, _, _ := strings.Cut(item, "=")
		first, again := at[tenant]
		if again {
			errs = append(errs, fmt.Errorf("%s has the tenant %q twice, in item %d, %q, and in item %d, %q: keep one",
				key, tenant, first+1, items[first], i+1, item))
			continue
		}
		at[tenant] = i
	}
	return errors.Join(errs...)
}
