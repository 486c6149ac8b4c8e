package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/api"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The limits of the services under test: small, so that little data reaches
// them.
const (
	chunkLimit      = 64 << 10
	checkpointEvery = 256 << 10
	fileLimit       = 4 << 20
)

// harness is a service with a real catalog and a real store behind the whole
// chain.
type harness struct {
	dir     string
	files   fileuploadv1.FileUploadServiceClient
	admin   streamv1.StreamServiceClient
	streams *ingest.Registry
	catalog *sqlite.Catalog
	store   *disk.Store
	janitor core.Janitor
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return openHarness(t, t.TempDir(), fileLimit)
}

// openHarness serves what is in dir and takes files of up to limit bytes.
func openHarness(t testing.TB, dir string, limit int64) *harness {
	t.Helper()
	store, err := disk.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	catalog, err := sqlite.Open(t.Context(), filepath.Join(dir, "catalog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	limits := core.Limits{
		ChunkBytes: chunkLimit, CheckpointBytes: checkpointEvery,
		UploadExpiry: time.Hour, ReceiptExpiry: 24 * time.Hour,
		Policies: core.Policies{Default: core.Policy{MaxBytes: limit, Types: core.NewTypePolicy(core.DefaultTypes())}},
	}
	metrics := prometheus.NewRegistry()
	h := &harness{dir: dir, streams: ingest.NewRegistry(nil), catalog: catalog, store: store}
	h.janitor = core.Janitor{Catalog: catalog, Store: store, HoldIfFree: func(ctx context.Context, key core.UploadKey) (func(), bool) {
		return h.streams.HoldIfFree(ctx, ingest.WorkKey{Tenant: key.Tenant, Subject: key.Subject, WorkID: key.UploadID})
	}}
	server := grpc.NewServer(interceptor.ServerOptions(interceptor.Chain(interceptor.Deps{
		Service: "fileupload", Logger: logger(t), Registerer: metrics, Authenticator: byGrants{},
		Codec: wire.NewCodec(), MaxMessageBytes: chunkLimit + 64<<10,
	}))...)
	fileuploadv1.RegisterFileUploadServiceServer(server, api.New(api.Deps{
		Uploads: core.NewUploads(catalog, store, limits), Files: core.NewFiles(catalog, store, limits),
		Streams: h.streams, Registerer: metrics, ChunkBytes: chunkLimit,
	}))
	streamv1.RegisterStreamServiceServer(server, ingest.NewStreamService(h.streams))
	h.connect(t, server)
	return h
}

// logger writes to the test's log; a benchmark has none.
func logger(t testing.TB) *zap.Logger {
	t.Helper()
	if _, bench := t.(*testing.B); bench {
		return zap.NewNop()
	}
	return zaptest.NewLogger(t)
}

func (h *harness) connect(t testing.TB, server *grpc.Server) {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	connection, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, connection.Close())
		server.Stop()
	})
	h.files = fileuploadv1.NewFileUploadServiceClient(connection)
	h.admin = streamv1.NewStreamServiceClient(connection)
}

type request = fileuploadv1.UploadFileRequest

// upload is one client stream.
type upload struct {
	t      testing.TB
	stream grpc.ClientStreamingClient[request, fileuploadv1.UploadFileResponse]
}

func (h *harness) begin(t testing.TB, first *request) *upload {
	t.Helper()
	stream, err := h.files.UploadFile(t.Context())
	require.NoError(t, err)
	u := &upload{t: t, stream: stream}
	u.send(first)
	return u
}

// send sends a message; on a stream that the server has ended it does nothing,
// since only the answer tells why.
func (u *upload) send(message *request) {
	u.t.Helper()
	if err := u.stream.Send(message); err != nil {
		require.ErrorIs(u.t, err, io.EOF)
	}
}

// sendContent sends content from offset on in chunks, and ends the file if last
// is set.
func (u *upload) sendContent(content []byte, from, to int, last bool) {
	u.t.Helper()
	for offset := from; offset < to; {
		n := min(chunkLimit, to-offset)
		u.send(&request{Offset: int64(offset), Data: content[offset : offset+n], IsLastChunk: last && offset+n == to})
		offset += n
	}
}

func (u *upload) hello() *streamv1.Hello {
	u.t.Helper()
	header, err := u.stream.Header()
	require.NoError(u.t, err)
	require.Len(u.t, header.Get(ingest.HelloKey), 1, "the headers have no hello")
	var hello streamv1.Hello
	require.NoError(u.t, proto.Unmarshal([]byte(header.Get(ingest.HelloKey)[0]), &hello))
	return &hello
}

func (u *upload) receipt() *fileuploadv1.UploadFileResponse {
	u.t.Helper()
	response, err := u.stream.CloseAndRecv()
	require.NoError(u.t, err)
	return response
}

// refusal closes the stream and returns the reason for which it failed.
func (u *upload) refusal() refusal {
	u.t.Helper()
	_, err := u.stream.CloseAndRecv()
	return refusalOf(u.t, err)
}

// refusal is what a failed call says.
type refusal struct {
	code   codes.Code
	reason string
	field  string
	cut    *streamv1.CutDetail
}

func refusalOf(t testing.TB, err error) refusal {
	t.Helper()
	require.Error(t, err)
	st := grpcstatus.Convert(err)
	r := refusal{code: st.Code()}
	for _, detail := range st.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			require.Equal(t, "sluice", detail.GetDomain())
			r.reason, r.field = detail.GetReason(), detail.GetMetadata()["field"]
		case *streamv1.CutDetail:
			r.cut = detail
		}
	}
	return r
}

// store uploads content as a new file.
func (h *harness) stored(t testing.TB, name string, content []byte) *fileuploadv1.UploadFileResponse {
	t.Helper()
	u := h.begin(t, &request{FileName: name, TotalSize: new(int64(len(content)))})
	u.sendContent(content, 0, len(content), true)
	return u.receipt()
}

// download returns the bytes of a file.
func (h *harness) download(t testing.TB, request *fileuploadv1.DownloadFileRequest) ([]byte, error) {
	t.Helper()
	stream, err := h.files.DownloadFile(t.Context(), request)
	require.NoError(t, err)
	var content []byte
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return content, err
		}
		content = append(content, message.GetData()...)
	}
}

// random returns n bytes that are the same for the same n.
func random(n int) []byte {
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(content)
	return content
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
