package apikey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func generate(t *testing.T, expiresAt time.Time) (string, apikey.Key) {
	t.Helper()
	text, key, err := apikey.Generate(apikey.Key{
		Tenant: "acme", Subject: "backup", ExpiresAt: expiresAt,
		Scopes: []principal.Scope{principal.FilesWrite, principal.StreamsRead},
		Allow:  principal.Grants{Files: principal.Patterns{"backups/*"}},
	}, now)
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
		name   string
		change func(*apikey.Key)
		want   string
	}{
		{"empty tenant", func(k *apikey.Key) { k.Tenant = "" }, "tenant"},
		{"tenant too long", func(k *apikey.Key) { k.Tenant = strings.Repeat("a", 65) }, "tenant"},
		{"tenant with a slash", func(k *apikey.Key) { k.Tenant = "a/b" }, "tenant"},
		{"subject with a space", func(k *apikey.Key) { k.Subject = "a b" }, "subject"},
		{"subject beyond ASCII", func(k *apikey.Key) { k.Subject = "é" }, "subject"},
		{"expiry that has passed", func(k *apikey.Key) { k.ExpiresAt = now }, "expiry"},
		{"no scopes", func(k *apikey.Key) { k.Scopes = nil }, "scopes: [files:write], or scopes: [all]"},
		{"misspelt scope", func(k *apikey.Key) { k.Scopes = []principal.Scope{"file:write"} }, `"file:write"; did you mean files:write?`},
		{"strange scope", func(k *apikey.Key) { k.Scopes = []principal.Scope{"root"} }, `"root"; the scopes are all, files:write`},
		{"empty scope", func(k *apikey.Key) { k.Scopes = []principal.Scope{""} }, "the scopes are all"},
		{"scope twice", func(k *apikey.Key) { k.Scopes = []principal.Scope{"all", "all"} }, "all is there twice"},
		{"bad pattern", func(k *apikey.Key) { k.Allow.Files = principal.Patterns{"a*b"} }, `allow: files: pattern "a*b"`},
		{"list that allows nothing", func(k *apikey.Key) { k.Allow.Sources = principal.Patterns{} }, "allow: a list is empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			key := apikey.Key{Tenant: "t", Subject: "s", Scopes: []principal.Scope{principal.All}}
			test.change(&key)
			_, _, err := apikey.Generate(key, now)
			require.ErrorContains(t, err, test.want)
		})
	}
	longest := apikey.Key{Tenant: strings.Repeat("a", 64), Subject: "A.b_c-9", Scopes: []principal.Scope{principal.All}}
	_, _, err := apikey.Generate(longest, now)
	require.NoError(t, err)
}
