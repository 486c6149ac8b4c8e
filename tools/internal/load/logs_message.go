package load

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// What messages are made of.
var (
	logVerbs = [...]string{"GET", "POST", "PUT", "DELETE"}
	logPaths = [...]string{
		"/api/v1/orders/", "/api/v1/users/", "/api/v1/items/", "/api/v1/carts/",
		"/api/v1/invoices/", "/api/v1/search/", "/api/v1/payments/", "/api/v1/sessions/",
	}
	// logStatuses are those of the levels.
	logStatuses = [...][2]int{{200, 304}, {200, 201}, {404, 429}, {500, 503}}
	logClosings = [...]string{
		"request completed", "served from cache", "queued for processing", "response was compressed", "upstream replied",
	}
	logErrorClosings = [...]string{
		"upstream timed out", "connection refused", "deadline exceeded", "database is locked", "unexpected end of stream",
	}

	logApplications = [LogApplications]string{
		"api-service", "auth-service", "billing-service", "cart-service", "catalog-service",
		"gateway-service", "orders-service", "payments-service", "search-service", "shipping-service",
	}
)

// logHosts are the names of each application's.
func logHosts() (names [LogApplications][LogHosts]string) {
	for a := range names {
		for h := range names[a] {
			names[a][h] = "host-" + strconv.Itoa(100 + a*LogHosts + h)[1:]
		}
	}
	return names
}

// message makes one such as `POST /api/v1/orders/48213 status=200
// duration=412.093ms bytes=20311 user=u104482 remote=10.4.201.77 request
// completed`.
func (l *Logs) message(level int) string {
	b := l.scratch[:0]
	b = append(append(b, pick(l, logVerbs[:])...), ' ')
	b = append(b, pick(l, logPaths[:])...)
	b = l.number(b, "", 100_000)
	b = strconv.AppendInt(append(b, " status="...), int64(pick(l, logStatuses[level][:])), 10)
	b = strconv.AppendFloat(append(b, " duration="...), float64(l.random.IntN(1_000_000))/1000, 'f', 3, 64)
	b = l.number(b, "ms bytes=", 65_536)
	b = l.number(b, " user=u", 200_000)
	b = l.number(b, " remote=10.", 256)
	b = l.number(b, ".", 256)
	b = l.number(b, ".", 256)
	closings := logClosings[:]
	if LogLevels[level] == "error" {
		closings = logErrorClosings[:]
	}
	b = append(append(b, ' '), pick(l, closings)...)
	l.scratch = b
	return string(b)
}

// number appends a random number below the bound behind a text.
func (l *Logs) number(b []byte, before string, below int) []byte {
	return strconv.AppendInt(append(b, before...), l.random.Int64N(int64(below)), 10)
}

func pick[T any](l *Logs, from []T) T { return from[l.random.IntN(len(from))] }

// requestID is 32 random hexadecimal digits.
func (l *Logs) requestID() string {
	var id [16]byte
	binary.LittleEndian.PutUint64(id[:8], l.random.Uint64())
	binary.LittleEndian.PutUint64(id[8:], l.random.Uint64())
	return hex.EncodeToString(id[:])
}
