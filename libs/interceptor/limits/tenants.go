package limits

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// tenants returns the bounds of the tenants that have their own, and an error
// with every entry that can't be used.
func (c Config) tenants() (map[string]Bounds, error) {
	own := map[string]Bounds{}
	var errs []error
	for _, entry := range c.Tenants {
		tenant, settings, ok := strings.Cut(entry, "=")
		bounds, err := c.Tenant.with(settings)
		if _, again := own[tenant]; again {
			err = errors.New("the tenant has an entry already")
		}
		if !ok || tenant == "" || err != nil {
			errs = append(errs, fmt.Errorf("limits.tenants has %q: write tenant=key:value;key:value, for example acme=streams:8000;bytes_per_second:64MiB%s", entry, because(err)))
			continue
		}
		own[tenant] = bounds
	}
	return own, errors.Join(errs...)
}

// with returns the bounds with the settings, key:value;key:value, in place of
// their own.
func (b Bounds) with(settings string) (Bounds, error) {
	for setting := range strings.SplitSeq(settings, ";") {
		key, value, _ := strings.Cut(setting, ":")
		if err := assign(&b, strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return b, fmt.Errorf("%q: %w", setting, err)
		}
	}
	return b, b.validate("limits.tenant")
}

// assign sets the bound that a key names.
func assign(b *Bounds, key, value string) (err error) {
	switch key {
	case "calls_per_second":
		b.CallsPerSecond, err = strconv.ParseFloat(value, 64)
	case "burst":
		b.Burst, err = strconv.Atoi(value)
	case "streams":
		b.Streams, err = strconv.Atoi(value)
	case "messages_per_second":
		b.MessagesPerSecond, err = strconv.ParseFloat(value, 64)
	case "bytes_per_second":
		err = b.BytesPerSecond.UnmarshalText([]byte(value))
	default:
		err = errors.New("the keys are calls_per_second, burst, streams, messages_per_second and bytes_per_second")
	}
	return err
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}
