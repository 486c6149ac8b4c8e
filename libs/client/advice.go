package client

// reasonAdvice adds to the server's text what the SDK knows better: the options
// of its own by which the caller can help.
var reasonAdvice = map[string]string{ //nolint:gosec // names of reasons, no credentials
	"CREDENTIALS_MISSING": "give an API key with WithAPIKey, or tokens with WithTokenSource",
	"CREDENTIALS_INVALID": "check the API key or token",
	"CREDENTIALS_EXPIRED": "get a new API key or token, then resume with the same upload id",
	"CREDENTIALS_REVOKED": "get another API key or token, then resume with the same upload id",
	"TOKEN_EXPIRED":       "give fresh tokens with WithTokenSource, and resume with the same upload id",
	"FENCED":              "another call uploads under the same upload id; let only one run",
	"WORK_ENDED":          "begin again under another upload id",
	"WORK_CHANGED":        "use another upload id for another file",
	"CHUNK_TOO_LARGE":     "lower WithChunkSize",
	"MESSAGE_TOO_LARGE":   "lower WithChunkSize",
	"QUARANTINED":         "who has the scope files:quarantine can release the file or delete it",
	"SCAN_FAILED":         "resume with the same upload id later: nothing is sent again",
}

// producerAdvice goes before reasonAdvice where points or logs were sent.
var producerAdvice = map[string]string{ //nolint:gosec // names of reasons, no credentials
	"CREDENTIALS_EXPIRED": "get a new API key or token, then go on as the same producer",
	"CREDENTIALS_REVOKED": "get another API key or token, then go on as the same producer",
	"TOKEN_EXPIRED":       "give fresh tokens with WithTokenSource, and go on as the same producer",
	"FENCED":              "another call sends as the same producer; let only one run",
	"FRAME_TOO_LARGE":     "lower WithBatchSize",
	"MESSAGE_TOO_LARGE":   "lower WithBatchSize",
	"PRODUCER_EXPIRED":    "send as another producer",
}

func (e *Error) advice() string {
	if advice := producerAdvice[e.Reason]; e.ProducerID != "" && advice != "" {
		return advice
	}
	if e.Reason != "" {
		return reasonAdvice[e.Reason]
	}
	switch e.ConnectionFault() {
	case FaultServerPlaintext:
		return "the server speaks plaintext: use WithPlaintext if the network is trusted"
	case FaultServerTLS:
		return "the server may expect TLS: use WithTLS"
	case FaultUntrusted:
		return "give the server's root certificate with WithTLS"
	case FaultRefused:
		return "check the address and that the server runs"
	case FaultUnknownHost:
		return "check the address"
	case FaultHungUp:
		return "try again when the server is back"
	case FaultNone, FaultOther:
	}
	return ""
}
