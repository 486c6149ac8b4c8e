package auth

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// principalOf reads the claims of a valid token.
func (j JWT) principalOf(claims jwt.MapClaims) (principal.Principal, error) {
	var none principal.Principal
	exp, err := claims.GetExpirationTime()
	if err != nil || exp == nil {
		return none, badClaim("exp", "a time")
	}
	tenant, _ := claims[j.TenantClaim].(string)
	if apikey.CheckName("tenant", tenant) != nil {
		return none, badClaim(j.TenantClaim, apikey.NameRule)
	}
	subject, _ := claims[j.SubjectClaim].(string)
	if !isSubject(subject) {
		return none, badClaim(j.SubjectClaim, subjectRule)
	}
	scopes, ok := scopesOf(claims[j.ScopesClaim])
	if !ok {
		return none, badClaim(j.ScopesClaim, "a string with spaces between the scopes, or a list of strings")
	}
	grants, ok := j.grantsOf(claims)
	if !ok {
		return none, badClaim(j.GrantsClaim, "an object with lists of names or beginnings of names with * at the end, under files, sources and applications; no list may be empty")
	}
	return principal.Principal{
		Tenant: tenant, Subject: subject, Scopes: scopes, Grants: grants,
		ExpiresAt: j.expiry(exp.Time, time.Now()).UTC(),
	}, nil
}

func badClaim(name, rule string) error {
	return problem.New(problem.CredentialsInvalid, "the token's claim %q is missing or is not %s", name, rule)
}

// scopesOf returns the scopes that are known here. No claim is no scope.
func scopesOf(claim any) ([]principal.Scope, bool) {
	var words []string
	switch claim := claim.(type) {
	case nil:
	case string:
		words = strings.Fields(claim)
	case []any:
		for _, item := range claim {
			word, ok := item.(string)
			if !ok {
				return nil, false
			}
			words = append(words, word)
		}
	default:
		return nil, false
	}
	var scopes []principal.Scope
	for _, word := range words {
		if scope := principal.Scope(word); scope.Known() {
			scopes = append(scopes, scope)
		}
	}
	return scopes, true
}

// grantsOf takes the claim whole or not at all: what it leaves out of a claim
// that narrows would widen it.
func (j JWT) grantsOf(claims jwt.MapClaims) (principal.Grants, bool) {
	var grants principal.Grants
	claim, there := claims[j.GrantsClaim]
	if j.GrantsClaim == "" || !there {
		return grants, true
	}
	lists, isObject := claim.(map[string]any)
	for _, list := range lists {
		isObject = isObject && list != nil
	}
	if !isObject {
		return grants, false
	}
	encoded, err := json.Marshal(claim)
	if err != nil {
		return grants, false
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&grants); err != nil {
		return principal.Grants{}, false
	}
	return grants, apikey.CheckGrants(grants) == nil
}

// credentialOf names a token in the audit log: by its id or else by its key's.
// What could confuse a line of the log is left out.
func credentialOf(token *jwt.Token, claims jwt.MapClaims) string {
	for _, name := range []any{claims["jti"], token.Header["kid"]} {
		if text, _ := name.(string); isSubject(text) {
			return "jwt:" + text
		}
	}
	return "jwt"
}
