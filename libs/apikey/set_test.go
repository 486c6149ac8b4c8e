package apikey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func generate(t *testing.T, expiresAt time.Time) (string, apikey.Key) {
	t.Helper()
	text, key, err := apikey.Generate("acme", "backup", now, expiresAt)
	require.NoError(t, err)
	return text, key
}

func setOf(t *testing.T, keys ...apikey.Key) *apikey.Set {
	t.Helper()
	set := &apikey.Set{}
	for i := range keys {
		require.NoError(t, set.Add(keys[i]))
	}
	return set
}

func TestVerifyKnowsAGeneratedKey(t *testing.T) {
	text, key := generate(t, time.Time{})
	got, err := setOf(t, key).Verify(text, now.AddDate(100, 0, 0))
	require.NoError(t, err)
	require.Equal(t, key, got)
	require.Equal(t, "acme", got.Tenant)
	require.Equal(t, "backup", got.Subject)
}

func TestVerifyRefuses(t *testing.T) {
	text, key := generate(t, now.Add(time.Hour))
	other, _ := generate(t, time.Time{})
	id, secret := text[:17], text[17:]
	otherSecret := other[17:]

	tests := []struct {
		name string
		text string
		at   time.Time
		want error
	}{
		{"empty", "", now, apikey.ErrMalformed},
		{"no prefix", strings.TrimPrefix(text, "slk_"), now, apikey.ErrMalformed},
		{"too short", text[:len(text)-1], now, apikey.ErrMalformed},
		{"too long", text + "a", now, apikey.ErrMalformed},
		{"capitals", strings.ToUpper(text), now, apikey.ErrMalformed},
		{"id with a line break", "slk_\n" + text[5:], now, apikey.ErrMalformed},
		{"unknown id", other, now, apikey.ErrUnknown},
		{"wrong secret", id + otherSecret, now, apikey.ErrUnknown},
		{"wrong secret after the expiry", id + otherSecret, now.Add(time.Hour), apikey.ErrUnknown},
		{"at the expiry", id + secret, now.Add(time.Hour), apikey.ErrExpired},
	}
	set := setOf(t, key)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := set.Verify(test.text, test.at)
			require.ErrorIs(t, err, test.want)
			require.Zero(t, got)
			require.NotContains(t, err.Error(), secret)
		})
	}
	_, err := set.Verify(text, now.Add(time.Hour-1))
	require.NoError(t, err, "one moment before the expiry")
}

func TestRevokedKeyIsUnknown(t *testing.T) {
	text, key := generate(t, time.Time{})
	stays, staysKey := generate(t, time.Time{})
	set := setOf(t, key, staysKey)

	require.NoError(t, set.Revoke(key.ID))
	_, err := set.Verify(text, now)
	require.ErrorIs(t, err, apikey.ErrUnknown)
	_, err = set.Verify(stays, now)
	require.NoError(t, err)
	require.Equal(t, []apikey.Key{staysKey}, set.Keys())
	require.ErrorIs(t, set.Revoke(key.ID), apikey.ErrNoSuchKey)
}

func TestAddRefusesAnIDTwice(t *testing.T) {
	_, key := generate(t, time.Time{})
	require.ErrorContains(t, setOf(t, key).Add(key), key.ID)
}

func TestGenerate(t *testing.T) {
	text, key := generate(t, now.Add(time.Hour))
	require.Regexp(t, `^slk_[a-z2-7]{12}_[a-z2-7]{52}$`, text)
	require.True(t, strings.HasPrefix(text, "slk_"+key.ID+"_"))
	require.NotContains(t, key.Hash, text[17:], "the secret is not kept")
	another, _ := generate(t, time.Time{})
	require.NotEqual(t, text, another)
}

func TestGenerateRefuses(t *testing.T) {
	tests := []struct {
		name            string
		tenant, subject string
		expiresAt       time.Time
		want            string
	}{
		{"empty tenant", "", "s", time.Time{}, "tenant"},
		{"tenant too long", strings.Repeat("a", 65), "s", time.Time{}, "tenant"},
		{"tenant with a slash", "a/b", "s", time.Time{}, "tenant"},
		{"subject with a space", "t", "a b", time.Time{}, "subject"},
		{"subject beyond ASCII", "t", "é", time.Time{}, "subject"},
		{"expiry that has passed", "t", "s", now, "expiry"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := apikey.Generate(test.tenant, test.subject, now, test.expiresAt)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, _, err := apikey.Generate(strings.Repeat("a", 64), "A.b_c-9", now, time.Time{})
	require.NoError(t, err)
}
