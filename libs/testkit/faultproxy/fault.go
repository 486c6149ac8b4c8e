package faultproxy

import (
	"net/http"
	"strings"
)

// Fault is what happens to some requests. The zero values of its fields do
// nothing; of several that are set all happen.
type Fault struct {
	// Match chooses requests; nil takes all. It must not read the body.
	Match func(*http.Request) bool
	// Skip lets so many matching requests pass first.
	Skip int
	// Times is how often the fault happens before it is used up; 0 for ever.
	Times int

	// Status is answered instead of asking the server, with Body. The request's
	// body is read to its end first.
	Status int
	// Body of that answer.
	Body string

	// CutRequest lets the first bytes of the request's body reach the server and
	// then breaks both connections; at least 1.
	CutRequest int64
	// CutAnswer lets the first bytes of the answer's body reach the client and
	// then breaks its connection; at least 1.
	CutAnswer int64
	// LoseAnswer lets the server answer, and breaks the client's connection in
	// place of passing the answer on.
	LoseAnswer bool

	// StallRequest and StallAnswer let so many bytes of a body pass and then
	// none, with the connection open, until the client gives up; at least 1.
	StallRequest, StallAnswer int64
	// StallHeader passes nothing of the answer, with the connection open, until
	// the client gives up.
	StallHeader bool

	// FlipRequest changes a bit of the byte at this place of the request's body;
	// at least 1.
	FlipRequest int64

	// RequestRate and AnswerRate limit a body to so many bytes a second.
	RequestRate, AnswerRate int
}

// SlowDown is S3's answer of an overloaded server, 503.
func SlowDown() Fault {
	return Fault{Status: http.StatusServiceUnavailable, Body: ErrorBody("SlowDown")}
}

// InternalError is S3's answer of a server with a fault of its own, 500.
func InternalError() Fault {
	return Fault{Status: http.StatusInternalServerError, Body: ErrorBody("InternalError")}
}

// ErrorBody is the XML that S3 answers an error with.
func ErrorBody(code string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + `</Code><Message>injected</Message></Error>`
}

// On returns the fault for requests of a method whose query has all the given
// keys, for example "uploadId".
func (f Fault) On(method string, query ...string) Fault {
	f.Match = func(r *http.Request) bool {
		values := r.URL.Query()
		for _, key := range query {
			if !values.Has(key) {
				return false
			}
		}
		return r.Method == method
	}
	return f
}

// OnPath narrows the fault to requests whose path contains text.
func (f Fault) OnPath(text string) Fault {
	match := f.Match
	f.Match = func(r *http.Request) bool {
		return strings.Contains(r.URL.Path, text) && (match == nil || match(r))
	}
	return f
}

// Once returns the fault for one request.
func (f Fault) Once() Fault { return f.For(1) }

// For returns the fault for the next n requests.
func (f Fault) For(n int) Fault {
	f.Times = n
	return f
}

// After returns the fault for the requests behind the next n.
func (f Fault) After(n int) Fault {
	f.Skip = n
	return f
}
