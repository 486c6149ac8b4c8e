package limits

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/gate"
)

// owner is a principal by what names it.
type owner struct{ tenant, subject string }

// member is what a principal or a tenant has used.
type member struct {
	// account is guarded by the mutex of Limits.
	account *gate.Account
	// messages and bytes are nil without a limit on them.
	messages, bytes *pacer
}

// maker makes members of one kind.
type maker struct {
	// subject is "principal" or "tenant".
	subject   string
	clock     clock
	throttled *prometheus.CounterVec
}

func (m maker) member(bounds Bounds) *member {
	return &member{
		account:  gate.NewAccount(m.subject, bounds.calls()),
		messages: m.pacer("messages_per_second", bounds.MessagesPerSecond),
		bytes:    m.pacer("bytes_per_second", float64(bounds.BytesPerSecond)),
	}
}

func (m maker) pacer(key string, perSecond float64) *pacer {
	if perSecond == 0 {
		return nil
	}
	key = "limits." + m.subject + "." + key
	return &pacer{
		clock: m.clock, key: key, perSecond: perSecond, perUnit: float64(time.Second) / perSecond,
		subject: m.subject, throttled: m.throttled.WithLabelValues(key),
	}
}
