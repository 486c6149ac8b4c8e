package postgres

import (
	"errors"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func TestAnAddressThatCanNotBeUsedIsNotQuoted(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://ann:se/cret@db/sluice":                                           "%2F %3F %40 %25",
		"postgres://ann:12/cret@db/sluice":                                           "%2F %3F %40 %25",
		"postgresql://ann:12?cret@db/sluice":                                         "%2F %3F %40 %25",
		"postgres://ann@db/sluice?password=a&cret":                                   "missing key/value separator",
		"postgres://ann:cret db/x":                                                   "the address of the database can't be used",
		"postgres://ann:s@e/cret@db/sluice":                                          "%2F %3F %40 %25",
		"cret":                                                                       "write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
		"http://ann:cret@db/sluice":                                                  "write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
		"host=db user=ann password=se cret":                                          "write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
		"host=db user=ann password=cret sslmode=foo":                                 "write postgres://USER:PASSWORD@HOST:PORT/DATABASE",
		"postgres://ann:%cret@db/sluice":                                             "invalid percent-encoded token in password",
		"postgres://ann:cret@db:port/sluice":                                         "invalid port",
		"postgres://ann:cret@db/sluice?sslmode=foo":                                  "sslmode is invalid",
		"postgres://ann:cret@db/sluice?sslmode=foo&password=`: cret":                 "the address of the database can't be used",
		"postgres://ann:cret@db/sluice?pool_max_conns=many":                          "cannot parse pool_max_conns",
		"postgres://ann:cret@db/sluice?sslrootcert=/none/ca.pem&sslmode=verify-full": "open /none/ca.pem: no such file",
	} {
		_, err := parse(address)
		require.ErrorContains(t, err, want, address)
		require.NotContains(t, err.Error(), "cret", address)
	}
	for _, address := range []string{
		"postgres://ann:s#e:%2Fcret@db:5432/sluice?application_name=a@b", "host=db user=ann password='se @/? cret'", "postgres:///sluice",
		"postgres://db/sluice?user=ann@corp&password=x", "postgres:///sluice?host=/run/postgresql&application_name=sluice@host1",
	} {
		_, err := parse(address)
		require.NoError(t, err, address)
	}
}

func TestAFailureToConnectIsToldOnOneLine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, err = pgconn.Connect(t.Context(), "postgres://ann:secret@"+closed+"/sluice?sslmode=prefer")
	require.Contains(t, err.Error(), "\n", "TLS is tried first")
	told := onOneLine(err)
	require.Equal(t, "failed to connect to `user=ann database=sluice`: "+
		closed+" (127.0.0.1): dial error: dial tcp "+closed+": connect: connection refused", told.Error())
	_, ok := errors.AsType[*pgconn.ConnectError](told)
	require.True(t, ok)
	require.Equal(t, "a; b", onOneLine(errors.New("a\n\n\tb\nb")).Error())
}
