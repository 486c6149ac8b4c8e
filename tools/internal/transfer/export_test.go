package transfer

// StatusText is for tests.
var (
	StatusText = statusText
	Percentage = percentage
)
