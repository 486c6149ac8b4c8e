package frames

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// KeyOf names a producer of the caller.
func KeyOf(ctx context.Context, producerID string) producer.Key {
	p := principal.From(ctx)
	return producer.Key{Tenant: p.Tenant, Subject: p.Subject, ProducerID: producerID}
}

func workKey(key producer.Key) ingest.WorkKey {
	return ingest.WorkKey{Tenant: key.Tenant, Subject: key.Subject, WorkID: key.ProducerID}
}
