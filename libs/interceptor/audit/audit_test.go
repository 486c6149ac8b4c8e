package audit_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/libs/ingest"
	link "github.com/sluice-ingest/sluice/libs/interceptor/audit"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/interceptor/problems"
	"github.com/sluice-ingest/sluice/libs/interceptor/recovery"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	waitFor = 10 * time.Second
	tick    = 10 * time.Millisecond

	secret   = "slk_abcdefghijkl_ThisIsTheSecret"
	content  = "the content of the file"
	fileName = "name-of-the-file.txt"
)

var (
	fileID   = uuid.NewString()
	copyID   = uuid.NewString()
	uploadID = uuid.NewString()
	streamID = uuid.NewString()
)

// files is a service whose calls end with err, or well when it is nil.
type files struct {
	fileuploadv1.UnimplementedFileUploadServiceServer

	err    error
	before func(ctx context.Context)
}

func (f *files) UploadFile(stream grpc.ClientStreamingServer[fileuploadv1.UploadFileRequest, fileuploadv1.UploadFileResponse]) error {
	hello, err := proto.Marshal(&streamv1.Hello{StreamId: streamID, WorkId: uploadID})
	if err != nil {
		return err
	}
	if err := stream.SendHeader(metadata.Pairs(ingest.HelloKey, string(hello))); err != nil {
		return err
	}
	for {
		if _, err := stream.Recv(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return problem.New(problem.ClientGone, "gone")
		}
	}
	if f.err != nil {
		return f.err
	}
	return stream.SendAndClose(&fileuploadv1.UploadFileResponse{
		FileId: fileID, UploadId: uploadID, FileName: fileName, TotalSize: 23, StreamCount: 1, Checksum: "abc",
	})
}

func (f *files) CopyFile(context.Context, *fileuploadv1.CopyFileRequest) (*fileuploadv1.CopyFileResponse, error) {
	return &fileuploadv1.CopyFileResponse{File: &fileuploadv1.File{FileId: copyID, FileName: fileName}}, f.err
}

func (f *files) DeleteFile(ctx context.Context, _ *fileuploadv1.DeleteFileRequest) (*fileuploadv1.DeleteFileResponse, error) {
	if f.before != nil {
		f.before(ctx)
	}
	return &fileuploadv1.DeleteFileResponse{}, f.err
}

func (f *files) GetFile(context.Context, *fileuploadv1.GetFileRequest) (*fileuploadv1.GetFileResponse, error) {
	return &fileuploadv1.GetFileResponse{File: &fileuploadv1.File{FileId: fileID}}, f.err
}

func (f *files) DownloadFile(_ *fileuploadv1.DownloadFileRequest, stream grpc.ServerStreamingServer[fileuploadv1.DownloadFileResponse]) error {
	return errors.Join(stream.Send(&fileuploadv1.DownloadFileResponse{Data: []byte(content)}), f.err)
}

// guard stands for the link that authenticates.
func guard(ctx context.Context) error {
	switch sent := metadata.ValueFromIncomingContext(ctx, "authorization"); {
	case len(sent) == 0:
		return problem.New(problem.CredentialsMissing, "send some")
	case sent[0] != secret:
		return problem.New(problem.CredentialsInvalid, "not these")
	}
	logfield.AddPrincipal(ctx, principal.Principal{Tenant: "acme", Subject: "backup", Credential: "key:abcdefghijkl"})
	return nil
}

func guardUnary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if err := guard(ctx); err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func guardStream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if err := guard(stream.Context()); err != nil {
		return err
	}
	return next(srv, stream)
}

// stand is a service behind the link.
type stand struct {
	*files

	log    *audit.Log
	path   string
	client fileuploadv1.FileUploadServiceClient
	conn   *grpc.ClientConn
}

func start(t *testing.T, reads bool) *stand {
	t.Helper()
	cfg := audit.DefaultConfig()
	cfg.File, cfg.Reads = filepath.Join(t.TempDir(), "audit.jsonl"), reads
	log, err := audit.Open(cfg, audit.Options{Service: "fileupload", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = log.Close() })
	s := &stand{files: &files{}, log: log, path: cfg.File}
	panics := recovery.New("test", zap.NewNop(), prometheus.NewRegistry())
	l, p := link.New(log), problems.New(zap.NewNop())
	messages := message.New("test", nil, 0, prometheus.NewRegistry())
	server := grpc.NewServer(append(messages.ServerOptions(),
		grpc.ChainUnaryInterceptor(panics.Unary(), requestid.Unary, l.Unary, p.Unary, guardUnary, messages.Unary),
		grpc.ChainStreamInterceptor(panics.Stream(), requestid.Stream, l.Stream, p.Stream, guardStream, messages.Stream))...)
	fileuploadv1.RegisterFileUploadServiceServer(server, s.files)
	healthv1.RegisterHealthServer(server, health.NewServer())
	listener := bufconn.Listen(1 << 16)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-done)
	})
	s.conn, err = grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.conn.Close() })
	s.client = fileuploadv1.NewFileUploadServiceClient(s.conn)
	return s
}

func (s *stand) ctx(t *testing.T) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", secret, requestid.Header, "r-1")
}

// events closes the log and returns what is in it, without what varies. It fails
// the test when anything in the file is a secret, a name or content.
func (s *stand) events(t *testing.T) []audit.Event {
	t.Helper()
	require.NoError(t, s.log.Close())
	data, err := os.ReadFile(s.path)
	require.NoError(t, err)
	for _, never := range []string{secret, "Secret", fileName, content, "on fire"} {
		require.NotContains(t, string(data), never)
	}
	var events []audit.Event
	_, err = chain.Verify(chain.Options{Each: func(e audit.Event) error {
		require.Equal(t, "fileupload", e.Service)
		require.Equal(t, "bufconn", e.Peer)
		e.Version, e.Sequence, e.Time, e.Previous, e.Hash = 0, 0, e.Time.Truncate(1<<62), chain.Hash{}, chain.Hash{}
		e.Service, e.Peer = "", ""
		events = append(events, e)
		return nil
	}}, chain.Source{Name: s.path, Reader: strings.NewReader(string(data))})
	require.NoError(t, err)
	for i := range events {
		events[i].Time = events[0].Time
	}
	return events
}

// backup is an event of the principal that the guard knows.
func backup(action string, outcome chain.Outcome, reason problem.Reason, method string, e audit.Event) audit.Event {
	e.Action, e.Outcome, e.Reason, e.Method = action, outcome, string(reason), method
	e.Tenant, e.Subject, e.Credential, e.RequestID = "acme", "backup", "key:abcdefghijkl", "r-1"
	return e
}

func (s *stand) requireOne(t *testing.T, want audit.Event) {
	t.Helper()
	events := s.events(t)
	require.Len(t, events, 1)
	want.Time = events[0].Time
	require.Equal(t, want, events[0])
}

func (s *stand) upload(ctx context.Context, t *testing.T) error {
	t.Helper()
	stream, err := s.client.UploadFile(ctx)
	require.NoError(t, err)
	if err := stream.Send(&fileuploadv1.UploadFileRequest{FileName: fileName, Data: []byte(content)}); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, err = stream.CloseAndRecv()
	return err
}

func TestACommitIsRecordedWithItsReceipt(t *testing.T) {
	s := start(t, false)
	require.NoError(t, s.upload(s.ctx(t), t))
	s.requireOne(t, backup("file.upload", chain.OK, "", fileuploadv1.FileUploadService_UploadFile_FullMethodName, audit.Event{
		Resource: map[string]string{"file_id": fileID, "upload_id": uploadID, "stream_id": streamID},
		Counts:   map[string]int64{"total_size": 23, "stream_count": 1},
	}))
}

func TestACutStreamIsRecordedWithItsPosition(t *testing.T) {
	s := start(t, false)
	s.err = status.WithCut(problem.New(problem.TokenExpired, "expired"), &streamv1.CutDetail{
		StreamId: streamID, WorkId: uploadID, Position: &streamv1.Position{Received: 9, Durable: 7},
	})
	require.Equal(t, codes.Unauthenticated, grpcstatus.Code(s.upload(s.ctx(t), t)))
	s.requireOne(t, backup("file.upload", chain.Refused, problem.TokenExpired, fileuploadv1.FileUploadService_UploadFile_FullMethodName,
		audit.Event{
			Resource: map[string]string{"upload_id": uploadID, "stream_id": streamID},
			Counts:   map[string]int64{"durable": 7},
		}))
}

func TestAStreamThatTheClientCancelsIsRecorded(t *testing.T) {
	s := start(t, false)
	ctx, cancel := context.WithCancel(s.ctx(t))
	stream, err := s.client.UploadFile(ctx)
	require.NoError(t, err)
	require.NoError(t, stream.Send(&fileuploadv1.UploadFileRequest{}))
	_, err = stream.Header()
	require.NoError(t, err)
	cancel()
	// The handler ends some time after the client has.
	require.Eventually(t, func() bool {
		info, err := os.Stat(s.path)
		return err == nil && info.Size() > 0
	}, waitFor, tick)
	s.requireOne(t, backup("file.upload", chain.Failed, problem.ClientGone, fileuploadv1.FileUploadService_UploadFile_FullMethodName,
		audit.Event{Resource: map[string]string{"upload_id": uploadID, "stream_id": streamID}}))
}

func TestEndsOfAChange(t *testing.T) {
	method := fileuploadv1.FileUploadService_DeleteFile_FullMethodName
	tests := map[string]struct {
		err     error
		outcome chain.Outcome
		reason  problem.Reason
	}{
		"done":          {nil, chain.OK, ""},
		"not found":     {problem.New(problem.FileNotFound, "none"), chain.Refused, problem.FileNotFound},
		"not allowed":   {problem.New(problem.PermissionDenied, "no"), chain.Refused, problem.PermissionDenied},
		"disk full":     {problem.New(problem.StorageFull, "full"), chain.Failed, problem.StorageFull},
		"anything else": {errors.New("disk on fire"), chain.Failed, problem.Internal},
		"a plain code":  {grpcstatus.Error(codes.Unimplemented, "on fire"), chain.Refused, "UNIMPLEMENTED"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, false)
			s.err = test.err
			_, err := s.client.DeleteFile(s.ctx(t), &fileuploadv1.DeleteFileRequest{FileId: fileID})
			require.Equal(t, test.err == nil, err == nil)
			s.requireOne(t, backup("file.delete", test.outcome, test.reason, method,
				audit.Event{Resource: map[string]string{"file_id": fileID}}))
		})
	}
}

func TestAPanicIsRecorded(t *testing.T) {
	s := start(t, false)
	s.before = func(context.Context) { panic("on fire") }
	_, err := s.client.DeleteFile(s.ctx(t), &fileuploadv1.DeleteFileRequest{})
	require.Equal(t, codes.Internal, grpcstatus.Code(err))
	s.requireOne(t, backup("file.delete", chain.Failed, problem.Internal, fileuploadv1.FileUploadService_DeleteFile_FullMethodName, audit.Event{}))
}

func TestACopyNamesBothFiles(t *testing.T) {
	s := start(t, false)
	_, err := s.client.CopyFile(s.ctx(t), &fileuploadv1.CopyFileRequest{FileId: fileID, FileName: fileName})
	require.NoError(t, err)
	s.requireOne(t, backup("file.copy", chain.OK, "", fileuploadv1.FileUploadService_CopyFile_FullMethodName,
		audit.Event{Resource: map[string]string{"file_id": fileID, "new_file_id": copyID}}))
}

// Whoever puts a secret where an identifier belongs must not find it in the log.
func TestWhatIsNoIdentifierIsNotRecorded(t *testing.T) {
	s := start(t, false)
	for _, sent := range []string{secret, fileName, content, "{" + fileID + "}", "urn:uuid:" + fileID} {
		_, err := s.client.DeleteFile(s.ctx(t), &fileuploadv1.DeleteFileRequest{FileId: sent})
		require.NoError(t, err)
	}
	for _, e := range s.events(t) {
		require.Empty(t, e.Resource)
	}
}

func TestReadsAreRecordedOnDemand(t *testing.T) {
	for _, reads := range []bool{false, true} {
		s := start(t, reads)
		_, err := s.client.GetFile(s.ctx(t), &fileuploadv1.GetFileRequest{FileId: fileID})
		require.NoError(t, err)
		download, err := s.client.DownloadFile(s.ctx(t), &fileuploadv1.DownloadFileRequest{FileId: fileID})
		require.NoError(t, err)
		for err == nil {
			_, err = download.Recv()
		}
		require.ErrorIs(t, err, io.EOF)
		s.err = problem.New(problem.FileNotFound, "none")
		_, err = s.client.GetFile(s.ctx(t), &fileuploadv1.GetFileRequest{FileId: fileID})
		require.Error(t, err)
		events := s.events(t)
		if !reads {
			require.Empty(t, events)
			continue
		}
		require.Len(t, events, 3)
		for i, action := range []string{"file.get", "file.download", "file.get"} {
			require.Equal(t, action, events[i].Action)
			require.Equal(t, map[string]string{"file_id": fileID}, events[i].Resource)
		}
	}
}

func TestWhoIsNotLetInIsRecordedAlsoOfReads(t *testing.T) {
	s := start(t, false)
	wrong := metadata.AppendToOutgoingContext(t.Context(), "authorization", "anotherSecret")
	_, err := s.client.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: fileID})
	require.Error(t, err)
	_, err = s.client.DeleteFile(wrong, &fileuploadv1.DeleteFileRequest{FileId: fileID})
	require.Error(t, err)
	require.Error(t, s.upload(wrong, t))
	s.err = problem.New(problem.RateLimited, "slower")
	_, err = s.client.GetFile(s.ctx(t), &fileuploadv1.GetFileRequest{FileId: fileID})
	require.Error(t, err)

	events := s.events(t)
	require.Len(t, events, 4)
	for i, want := range []struct {
		action string
		reason problem.Reason
		tenant string
	}{
		{"file.get", problem.CredentialsMissing, ""},
		{"file.delete", problem.CredentialsInvalid, ""},
		{"file.upload", problem.CredentialsInvalid, ""},
		{"file.get", problem.RateLimited, "acme"},
	} {
		require.Equal(t, want.action, events[i].Action)
		require.Equal(t, string(want.reason), events[i].Reason)
		require.Equal(t, chain.Refused, events[i].Outcome)
		require.Equal(t, want.tenant, events[i].Tenant)
		require.NotEmpty(t, events[i].RequestID)
	}
}

func TestHealthIsNotRecorded(t *testing.T) {
	s := start(t, true)
	_, err := healthv1.NewHealthClient(s.conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.Error(t, err, "the guard of this test exempts nobody")
	require.Empty(t, s.events(t))
}
