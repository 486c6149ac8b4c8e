package ratelimit

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestBucketsAreBounded(t *testing.T) {
	l := New(Config{CallsPerSecond: 1})
	busy := principal.Principal{Tenant: "t", Subject: "busy"}
	bucket := l.bucket(busy)
	for i := range 3 * maxPrincipals {
		l.bucket(principal.Principal{Tenant: "t", Subject: strconv.Itoa(i)})
		require.Same(t, bucket, l.bucket(busy), "a bucket in use stays")
	}
	require.Equal(t, maxPrincipals, l.buckets.Len())
}
