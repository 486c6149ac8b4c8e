package message_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/interceptor/message"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// serverCodec is the codec that a server gets.
func serverCodec(t testing.TB) encoding.CodecV2 {
	t.Helper()
	return message.New("test", nil, 1<<20, prometheus.NewRegistry()).Codec()
}

func received(t testing.TB, data []byte, request proto.Message) {
	t.Helper()
	require.NoError(t, serverCodec(t).Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, request))
}

func TestALargeRequestIsDecodedOnDemand(t *testing.T) {
	sent := &fileuploadv1.UpdateFileRequest{FileId: "id", Metadata: map[string]string{"k": strings.Repeat("v", 8<<10)}}
	data, err := proto.Marshal(sent)
	require.NoError(t, err)
	data = append(data, 0xfa, 0x3f, 3, 'n', 'e', 'w') // Field 1023, of a later version.
	got := &fileuploadv1.UpdateFileRequest{FileId: "of the call before"}
	received(t, data, got)
	require.Empty(t, got.GetFileId())
	require.Greater(t, proto.Size(got), len(data))
	for range 2 {
		require.NoError(t, message.Decode(got))
		require.Equal(t, "id", got.GetFileId())
		require.Equal(t, sent.GetMetadata(), got.GetMetadata())
		require.Len(t, got.ProtoReflect().GetUnknown(), 6)
	}
}

func TestAnUnknownFieldOfAnySizeStays(t *testing.T) {
	unknown := append([]byte{0xfa, 0x3f, 0x80, 0x40}, make([]byte, 8<<10)...)
	got := &fileuploadv1.GetFileRequest{}
	received(t, append([]byte{10, 2, 'i', 'd'}, unknown...), got)
	for range 2 {
		require.NoError(t, message.Decode(got))
		require.Equal(t, "id", got.GetFileId())
		require.Equal(t, unknown, []byte(got.ProtoReflect().GetUnknown()))
	}
}

func TestARequestOfTooManyItemsIsNeverDecoded(t *testing.T) {
	got := &logaggv1.TestRulesRequest{}
	received(t, bytes.Repeat([]byte{0x12, 0}, 100_001), got)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			require.Equal(b, problem.MessageTooLarge, problem.ReasonOf(message.Decode(got)))
		}
	}).AllocedBytesPerOp()
	require.Less(t, allocated, int64(16<<10))
	received(t, bytes.Repeat([]byte{0x12, 0}, 100_000), got)
	require.NoError(t, message.Decode(got))
	require.Len(t, got.GetEntries(), 100_000)
}

func TestARequestThatCannotBeDecodedIsRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"small": {0xff}, "small without UTF-8": {0x0a, 1, 0xff},
		"no tag": bytes.Repeat([]byte{0xff}, 5<<10), "cut short": append(bytes.Repeat([]byte{0x12, 0}, 5<<10), 0x12, 9),
		"no UTF-8": append(bytes.Repeat([]byte{0x12, 0}, 5<<10), 0x0a, 1, 0xff),
	} {
		got := &logaggv1.TestRulesRequest{}
		received(t, data, got)
		require.Equal(t, problem.MalformedMessage, problem.ReasonOf(message.Decode(got)), name)
	}
}

// nobody refuses every caller.
type nobody struct{}

func (nobody) Authenticate(context.Context) (principal.Principal, error) {
	return principal.Principal{}, problem.New(problem.CredentialsMissing, "no")
}

func TestTheChainDecodesForThoseWhomItKnows(t *testing.T) {
	text := strings.Repeat("x", 100<<10)
	for name, test := range map[string]struct {
		who  auth.Authenticator
		code codes.Code
	}{"known": {auth.Anonymous{}, codes.OK}, "stranger": {nobody{}, codes.Unauthenticated}} {
		t.Run(name, func(t *testing.T) {
			var got string
			links := interceptor.Chain(interceptor.Deps{
				Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry(), Authenticator: test.who,
			})
			conn := testserver.Start(t, func(_ context.Context, sent string) error { got = sent; return nil },
				interceptor.ServerOptions(append([]interceptor.Link{undecoded(t)}, links...))...)
			_, err := testserver.CallUnary(t.Context(), conn, text)
			if test.code != codes.OK {
				testserver.RequireProblem(t, err, test.code, problem.CredentialsMissing)
				return
			}
			require.NoError(t, err)
			require.Equal(t, text, got)
		})
	}
}

// undecoded wants the request to come in as it was sent.
func undecoded(t *testing.T) interceptor.Link {
	return interceptor.Link{
		Unary: func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			if len(req.(proto.Message).ProtoReflect().GetUnknown()) < 100<<10 {
				t.Error("the request was decoded before the caller was known")
			}
			return handler(ctx, req)
		},
		Stream: func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			return handler(srv, s)
		},
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0x12, 0}, 3<<10))
	f.Add(append([]byte{0x12, 4, 0x22, 2, 8, 1}, bytes.Repeat([]byte{0x0a, 1, 'x'}, 2<<10)...))
	codec := serverCodec(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, want := &logaggv1.TestRulesRequest{}, &logaggv1.TestRulesRequest{}
		require.NoError(t, codec.Unmarshal(mem.BufferSlice{mem.SliceBuffer(data)}, got))
		err := message.Decode(got)
		wantErr := proto.Unmarshal(data, want)
		if problem.ReasonOf(err) == problem.MessageTooLarge {
			return
		}
		require.Equal(t, wantErr == nil, err == nil, "%v %v", wantErr, err)
		require.True(t, err != nil || proto.Equal(want, got))
	})
}
