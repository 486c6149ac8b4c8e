package core

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// requireProblem requires a refusal with a reason that names a field and says what
// would be right.
func requireProblem(t *testing.T, err error, reason problem.Reason, field, says string) {
	t.Helper()
	refusal := problem.Of(err)
	require.Equal(t, reason, refusal.Reason, "%v", err)
	require.Equal(t, field, refusal.Field)
	require.Contains(t, refusal.Public(), says)
}

func TestATenantsOwnPolicyTakesTheDefaultsPlace(t *testing.T) {
	policies := Policies{Default: Policy{MaxBytes: 1}, Tenants: map[string]Policy{"acme": {MaxBytes: 2}}}
	require.EqualValues(t, 2, policies.Of("acme").MaxBytes)
	require.EqualValues(t, 1, policies.Of("other").MaxBytes)
}

func TestSizesOutsideThePolicyAreRefused(t *testing.T) {
	policy := Policy{MinBytes: 10, MaxBytes: 100}
	for _, size := range []int64{UnknownSize, 10, 100} {
		require.NoError(t, policy.checkDeclared(size))
	}
	requireProblem(t, policy.checkDeclared(UnknownSize-1), problem.FieldInvalid, "total_size", "is negative")
	requireProblem(t, policy.checkDeclared(9), problem.SizeLimitExceeded, "total_size", "at least 10")
	requireProblem(t, policy.checkDeclared(101), problem.SizeLimitExceeded, "total_size", "at most 100")
	requireProblem(t, policy.checkSize(9, "data"), problem.SizeLimitExceeded, "data", "at least 10")
	require.NoError(t, policy.checkGrowth(1, UnknownSize), "it may grow yet")
	requireProblem(t, policy.checkGrowth(101, UnknownSize), problem.SizeLimitExceeded, "data", "at most 100")
	requireProblem(t, policy.checkGrowth(51, 50), problem.SizeMismatch, "data", "declared 50")
	unbounded := Policy{}
	require.NoError(t, unbounded.checkDeclared(1<<60))
	require.NoError(t, unbounded.checkGrowth(1<<60, UnknownSize))
}

func TestANameHasToMatchTheRuleAsAWhole(t *testing.T) {
	rule, err := NewNameRule(`[a-z]+|\d+\.csv`)
	require.NoError(t, err)
	for name, matches := range map[string]bool{
		"abc": true, "12.csv": true, "abc1": false, "1abc": false, "x12.csv": false, "12.csv.exe": false, "": false, "abc\n": false,
	} {
		if matches {
			require.NoError(t, rule.check(name), name)
			continue
		}
		requireProblem(t, rule.check(name), problem.NameInvalid, "file_name", `[a-z]+|\d+\.csv`)
	}
	var none *NameRule
	require.NoError(t, none.check("anything"))
}

func TestAnExpressionThatIsNoneMakesNoRule(t *testing.T) {
	for _, expression := range []string{`a)|(b`, `[`, `(?=x)`} {
		_, err := NewNameRule(expression)
		require.Error(t, err, expression)
	}
}

func TestContentOfAnotherMediaTypeIsRefused(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\n0000")
	for name, allowed := range map[string][]string{
		"any": nil, "the kind": {"image/*"}, "the type": {"application/pdf", "image/png"},
	} {
		policy := TypePolicy{Extensions: []string{".png"}, MediaTypes: allowed}
		found, err := policy.CheckContent("a.png", png)
		require.NoError(t, err, name)
		require.Equal(t, "image/png", found)
	}
	for _, extension := range []string{".png", AnyType} {
		policy := TypePolicy{Extensions: []string{extension}, MediaTypes: []string{"text/*", "image/jpeg"}}
		_, err := policy.CheckContent("a.png", png)
		requireProblem(t, err, problem.TypeNotAllowed, "data", "image/png; allowed are text/* image/jpeg")
	}
}

func TestParametersDoNotMakeAnotherMediaType(t *testing.T) {
	policy := TypePolicy{Extensions: []string{".txt"}, MediaTypes: []string{"text/plain"}}
	found, err := policy.CheckContent("a.txt", []byte("plain text"))
	require.NoError(t, err)
	require.Equal(t, "text/plain; charset=utf-8", found)
}

func TestContentMayDisagreeWhereThePolicyLetsIt(t *testing.T) {
	strict := TypePolicy{Extensions: []string{".png"}}
	_, err := strict.CheckContent("a.png", []byte("text"))
	requireProblem(t, err, problem.TypeMismatch, "data", "does not fit")
	loose := TypePolicy{Extensions: []string{".png"}, Disagreeing: true}
	_, err = loose.CheckContent("a.png", []byte("text"))
	require.NoError(t, err)
	_, err = loose.CheckContent("a.png", []byte("\x7fELF"))
	requireProblem(t, err, problem.TypeNotAllowed, "data", "program")
}

func TestMediaTypesAreThoseThatContentsAreToldBy(t *testing.T) {
	for name, want := range map[string]string{
		"image/*": "image/*", "image/png": "image/png", "application/x-pdf": "application/pdf", "text/plain; charset=utf-8": "text/plain",
	} {
		got, err := NewMediaType(name)
		require.NoError(t, err, name)
		require.Equal(t, want, got)
	}
	for _, name := range []string{"", "*", "*/*", "png", "image/", "image/nothing", "smell/*"} {
		_, err := NewMediaType(name)
		require.ErrorContains(t, err, "image/*", name)
	}
}

func TestAFileIsKeptAsLongAsThePolicySays(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	wish := now.Add(time.Hour)
	day := 24 * time.Hour
	for name, test := range map[string]struct {
		policy Policy
		wish   time.Time
		want   time.Time
	}{
		"for good":              {},
		"as wished":             {wish: wish, want: wish},
		"by default":            {policy: Policy{Expiry: day}, want: now.Add(day)},
		"not by default":        {policy: Policy{Expiry: day}, wish: wish, want: wish},
		"at most":               {policy: Policy{MaxExpiry: 2 * day}, want: now.Add(2 * day)},
		"by default before max": {policy: Policy{Expiry: day, MaxExpiry: 2 * day}, want: now.Add(day)},
	} {
		require.Equal(t, test.want, test.policy.expiry(test.wish, now), name)
	}
}

func TestATimeBeyondThePolicyIsRefused(t *testing.T) {
	since := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	now := since.Add(time.Hour)
	policy := Policy{MaxExpiry: 24 * time.Hour}
	require.NoError(t, policy.checkExpiry(time.Time{}, since, now))
	require.NoError(t, policy.checkExpiry(since.Add(24*time.Hour), since, now))
	requireProblem(t, policy.checkExpiry(since.Add(25*time.Hour), since, now), problem.FieldInvalid, "expire_time", "2026-11-24T12:00:00Z")
	requireProblem(t, policy.checkExpiry(now, since, now), problem.FieldInvalid, "expire_time", "past")
	requireProblem(t, policy.checkForGood(since), problem.FieldInvalid, "expire_time", "2026-11-24T12:00:00Z")
	forGood := Policy{}
	require.NoError(t, forGood.checkForGood(since))
	require.NoError(t, forGood.checkExpiry(since.AddDate(100, 0, 0), since, now))
}
