package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

const (
	payloadConnections = 4
	payloadWorkers     = 32
)

// hostile is a service that gets payloads.
type hostile struct {
	*testkit.Process

	service string
	dataDir string
	conns   [payloadConnections]*grpc.ClientConn
	// files are there for what names one: each worker has its own.
	files [payloadWorkers]string
}

func (h *hostile) connect(ctx context.Context, t *testing.T) {
	t.Helper()
	for i := range h.conns {
		h.conns[i] = dial(t, h.Addr).conn
	}
	if h.service != "fileupload" {
		return
	}
	for i := range h.files {
		receipt := peer{files: fileuploadv1.NewFileUploadServiceClient(h.conns[0])}.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{
			FileName: "there.txt", Data: []byte("text"), IsLastChunk: true,
		})
		answer, err := receipt.finish()
		require.NoError(t, err)
		h.files[i] = answer.GetFileId()
	}
}

// results are what a run has found. Safe for concurrent use.
type results struct {
	mu       sync.Mutex
	accepted []attempt
	refused  int
	faults   []string
}

func (r *results) add(a attempt, o outcome, fault string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case fault != "":
		r.faults = append(r.faults, fmt.Sprintf("%v: %s", a, fault))
	case o.err == nil && (len(o.answers) == 0 || taken(o)):
		r.accepted = append(r.accepted, a)
	default:
		r.refused++
	}
}

// taken tells whether what a stream brought was not rejected.
func taken(o outcome) bool {
	switch receipt := o.answers[0].(type) {
	case *pointsReceipt:
		return receipt.GetSuccessfulCount() == 1
	case *logsReceipt:
		return receipt.GetIndexedCount() == 1
	default:
		return true
	}
}

// run makes all attempts, many at a time. stored looks at one that was accepted
// and returns what is wrong; nil looks at nothing.
func (h *hostile) run(ctx context.Context, t *testing.T, all []attempt, stored func(context.Context, *grpc.ClientConn, attempt, outcome) string) *results {
	t.Helper()
	queue, found := make(chan attempt), new(results)
	var workers sync.WaitGroup
	for i := range payloadWorkers {
		workers.Go(func() {
			conn := h.conns[i%payloadConnections]
			for a := range queue {
				o := h.try(ctx, conn, a, h.files[i])
				fault := a.fault(o)
				if fault == "" && o.err == nil && stored != nil {
					fault = stored(ctx, conn, a, o)
				}
				found.add(a, o, fault)
			}
		})
	}
	for _, a := range all {
		queue <- a
	}
	close(queue)
	workers.Wait()
	t.Logf("%d attempts: %d accepted, %d refused", len(all), len(found.accepted), found.refused)
	for i, fault := range found.faults {
		if i == maxFaultsTold {
			t.Logf("and %d more", len(found.faults)-i)
			break
		}
		t.Error(fault)
	}
	return found
}

// maxFaultsTold bounds what a failed test says.
const maxFaultsTold = 40

func (h *hostile) try(ctx context.Context, conn *grpc.ClientConn, a attempt, fileID string) outcome {
	request := a.request(fileID)
	if data, raw := a.encoded(request); raw {
		o := a.rpc.callRaw(ctx, conn, data)
		if o.err == nil {
			o.err = fmt.Errorf("text that is no UTF-8 was accepted")
		}
		return o
	}
	return a.rpc.call(ctx, conn, request)
}
