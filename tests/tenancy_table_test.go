package tests

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// workNames are what a request can name of somebody's work.
type workNames struct {
	file, fileName, upload, producer, stream string
	// item is a source or an application; cursor is of the list that is asked for.
	item, cursor string
}

// all are the names that there are.
func (n workNames) all() (names []string) {
	for _, name := range []string{n.file, n.fileName, n.upload, n.producer, n.stream, n.item, n.cursor} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// foreignCall is a call that names what may be somebody else's.
type foreignCall struct {
	name string
	// of makes the call's only message.
	of func(workNames) proto.Message
	// reason of the refusal for what isn't there; empty for an answer.
	reason string
	// own tells that the work belongs to one subject of a tenant.
	own bool
	// confined tells that grants confine the call. denied is then the reason for
	// what is not granted, where it is not the one for what isn't there.
	confined bool
	denied   string
	// cursorOf is the list whose cursor goes with the call.
	cursorOf string
}

// foreignCalls has every method of the schema.
func foreignCalls() map[string][]foreignCall {
	calls := map[string][]foreignCall{}
	for _, some := range []map[string][]foreignCall{
		foreignUploads(), foreignFiles(), foreignPoints(), foreignPointQueries(), foreignLogs(), foreignLogQueries(), foreignStreams(),
	} {
		for method, list := range some {
			calls[method] = append(calls[method], list...)
		}
	}
	return calls
}

func foreignUploads() map[string][]foreignCall {
	const absent = "UPLOAD_NOT_FOUND"
	first := func(m *fileuploadv1.UploadFileRequest) proto.Message {
		m.Data, m.IsLastChunk = []byte("own text"), true
		return m
	}
	return map[string][]foreignCall{
		fileuploadv1.FileUploadService_UploadFile_FullMethodName: {
			{name: "upload_id", own: true, of: func(n workNames) proto.Message {
				return first(&fileuploadv1.UploadFileRequest{UploadId: n.upload, FileName: "own.txt"})
			}},
			{name: "file_name", confined: true, denied: "PERMISSION_DENIED", of: func(n workNames) proto.Message {
				return first(&fileuploadv1.UploadFileRequest{FileName: n.fileName})
			}},
		},
		fileuploadv1.FileUploadService_GetUpload_FullMethodName: {
			{name: "upload_id", own: true, confined: true, reason: absent, of: func(n workNames) proto.Message {
				return &fileuploadv1.GetUploadRequest{UploadId: n.upload}
			}},
		},
		fileuploadv1.FileUploadService_WatchUpload_FullMethodName: {
			{name: "upload_id", own: true, confined: true, reason: absent, of: func(n workNames) proto.Message {
				return &fileuploadv1.WatchUploadRequest{UploadId: n.upload}
			}},
		},
		fileuploadv1.FileUploadService_AbortUpload_FullMethodName: {
			{name: "upload_id", own: true, confined: true, reason: absent, of: func(n workNames) proto.Message {
				return &fileuploadv1.AbortUploadRequest{UploadId: n.upload}
			}},
		},
		fileuploadv1.FileUploadService_ListUploads_FullMethodName: {
			{name: "all", own: true, confined: true, of: func(workNames) proto.Message { return &fileuploadv1.ListUploadsRequest{} }},
			{name: "cursor", own: true, cursorOf: "uploads", of: func(n workNames) proto.Message {
				return &fileuploadv1.ListUploadsRequest{Cursor: n.cursor}
			}},
		},
	}
}

func foreignFiles() map[string][]foreignCall {
	byID := func(of func(id string) proto.Message) []foreignCall {
		return []foreignCall{{name: "file_id", confined: true, reason: "FILE_NOT_FOUND", of: func(n workNames) proto.Message { return of(n.file) }}}
	}
	return map[string][]foreignCall{
		fileuploadv1.FileUploadService_GetFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.GetFileRequest{FileId: id}
		}),
		fileuploadv1.FileUploadService_DownloadFile_FullMethodName: append(byID(func(id string) proto.Message {
			return &fileuploadv1.DownloadFileRequest{FileId: id}
		}), foreignCall{name: "a range outside", confined: true, reason: "FILE_NOT_FOUND", of: func(n workNames) proto.Message {
			return &fileuploadv1.DownloadFileRequest{FileId: n.file, Offset: 1 << 40}
		}}),
		fileuploadv1.FileUploadService_VerifyFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.VerifyFileRequest{FileId: id}
		}),
		fileuploadv1.FileUploadService_DeleteFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.DeleteFileRequest{FileId: id}
		}),
		// What a scanner put there is in the quarantine's own tests.
		fileuploadv1.FileUploadService_ReleaseQuarantinedFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.ReleaseQuarantinedFileRequest{FileId: id}
		}),
		fileuploadv1.FileUploadService_DeleteQuarantinedFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.DeleteQuarantinedFileRequest{FileId: id}
		}),
		fileuploadv1.FileUploadService_ListQuarantinedFiles_FullMethodName: {
			{name: "all", confined: true, of: func(workNames) proto.Message { return &fileuploadv1.ListQuarantinedFilesRequest{} }},
		},
		fileuploadv1.FileUploadService_CopyFile_FullMethodName: append(byID(func(id string) proto.Message {
			return &fileuploadv1.CopyFileRequest{FileId: id, FileName: "granted-copy.txt"}
		}), foreignCall{name: "a name not granted", confined: true, reason: "FILE_NOT_FOUND", of: func(n workNames) proto.Message {
			return &fileuploadv1.CopyFileRequest{FileId: n.file, FileName: "other.txt"}
		}}),
		fileuploadv1.FileUploadService_UpdateFile_FullMethodName: byID(func(id string) proto.Message {
			return &fileuploadv1.UpdateFileRequest{
				FileId: id, Metadata: map[string]string{"k": "changed"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}},
			}
		}),
		fileuploadv1.FileUploadService_ListFiles_FullMethodName: {
			{name: "name_prefix", confined: true, of: func(n workNames) proto.Message {
				return &fileuploadv1.ListFilesRequest{NamePrefix: n.fileName}
			}},
			{name: "cursor", cursorOf: "files", of: func(n workNames) proto.Message {
				return &fileuploadv1.ListFilesRequest{Cursor: n.cursor}
			}},
		},
	}
}

// waitShortly waits for the first frame of a producer.
func waitShortly(producerID string) *queryv1.WaitFor {
	return &queryv1.WaitFor{ProducerId: producerID, Sequence: 1, Timeout: durationpb.New(quietTime)}
}

func matchersOf(n workNames) []*collectorv1.SeriesMatcher { return ofSource(n.item).matchers }

func foreignPoints() map[string][]foreignCall {
	return map[string][]foreignCall{
		collectorv1.DataCollectionService_CollectDataPoints_FullMethodName: {
			{name: "producer_id", own: true, of: func(n workNames) proto.Message {
				return &pointsRequest{ProducerId: n.producer, Epoch: 9, Sequence: 1, Points: []*collectorv1.DataPoint{tick("own", 1)}}
			}},
			{name: "source", confined: true, of: func(n workNames) proto.Message {
				return &pointsRequest{Points: []*collectorv1.DataPoint{tick(n.item, 1)}}
			}},
		},
		collectorv1.DataCollectionService_GetPosition_FullMethodName: {
			{name: "producer_id", own: true, reason: "PRODUCER_NOT_FOUND", of: func(n workNames) proto.Message {
				return &collectorv1.GetPositionRequest{ProducerId: n.producer}
			}},
		},
		collectorv1.DataCollectionService_WatchPosition_FullMethodName: {
			{name: "producer_id", own: true, of: func(n workNames) proto.Message {
				return &collectorv1.WatchPositionRequest{ProducerId: n.producer}
			}},
		},
		collectorv1.DataCollectionService_DeleteDataPoints_FullMethodName: {
			{name: "source", confined: true, of: func(n workNames) proto.Message {
				return &collectorv1.DeleteDataPointsRequest{Matchers: matchersOf(n)}
			}},
		},
	}
}

func foreignPointQueries() map[string][]foreignCall {
	of := func(selected func(workNames) proto.Message, waiting func(*queryv1.WaitFor) proto.Message) []foreignCall {
		return []foreignCall{
			{name: "source", confined: true, of: selected},
			{name: "wait_for", own: true, reason: "PRODUCER_NOT_FOUND", of: func(n workNames) proto.Message {
				return waiting(waitShortly(n.producer))
			}},
		}
	}
	return map[string][]foreignCall{
		collectorv1.DataCollectionService_QueryDataPoints_FullMethodName: of(
			func(n workNames) proto.Message { return &collectorv1.QueryDataPointsRequest{Matchers: matchersOf(n)} },
			func(w *queryv1.WaitFor) proto.Message { return &collectorv1.QueryDataPointsRequest{WaitFor: w} }),
		collectorv1.DataCollectionService_GetStatistics_FullMethodName: of(
			func(n workNames) proto.Message {
				return &collectorv1.GetStatisticsRequest{Matchers: matchersOf(n), BySource: true, ByMetric: true}
			},
			func(w *queryv1.WaitFor) proto.Message { return &collectorv1.GetStatisticsRequest{WaitFor: w} }),
		collectorv1.DataCollectionService_ListSeries_FullMethodName: append(of(
			func(n workNames) proto.Message { return &collectorv1.ListSeriesRequest{Matchers: matchersOf(n)} },
			func(w *queryv1.WaitFor) proto.Message { return &collectorv1.ListSeriesRequest{WaitFor: w} }),
			foreignCall{name: "cursor", cursorOf: "series", of: func(n workNames) proto.Message {
				return &collectorv1.ListSeriesRequest{Cursor: n.cursor}
			}}),
	}
}

func foreignLogs() map[string][]foreignCall {
	return map[string][]foreignCall{
		logaggv1.LogAggregationService_CollectLogs_FullMethodName: {
			{name: "producer_id", own: true, of: func(n workNames) proto.Message {
				return &logsRequest{ProducerId: n.producer, Epoch: 9, Sequence: 1, Entries: []*logEntry{plainLog("own", 1).logEntry}}
			}},
			{name: "application", confined: true, of: func(n workNames) proto.Message {
				return &logsRequest{Entries: []*logEntry{plainLog(n.item, 1).logEntry}}
			}},
		},
		logaggv1.LogAggregationService_GetPosition_FullMethodName: {
			{name: "producer_id", own: true, reason: "PRODUCER_NOT_FOUND", of: func(n workNames) proto.Message {
				return &logaggv1.GetPositionRequest{ProducerId: n.producer}
			}},
		},
		logaggv1.LogAggregationService_WatchPosition_FullMethodName: {
			{name: "producer_id", own: true, of: func(n workNames) proto.Message {
				return &logaggv1.WatchPositionRequest{ProducerId: n.producer}
			}},
		},
		logaggv1.LogAggregationService_DeleteLogs_FullMethodName: {
			{name: "application", confined: true, of: func(n workNames) proto.Message {
				return &logaggv1.DeleteLogsRequest{Filter: ofApplication(n.item)}
			}},
		},
		logaggv1.LogAggregationService_FlushLogs_FullMethodName: {
			{name: "nothing", of: func(workNames) proto.Message { return &logaggv1.FlushLogsRequest{} }},
		},
		logaggv1.LogAggregationService_TestRules_FullMethodName: {
			{name: "application", of: func(n workNames) proto.Message {
				return &logaggv1.TestRulesRequest{Entries: []*logEntry{plainLog(n.item, 1).logEntry}}
			}},
		},
	}
}

func foreignLogQueries() map[string][]foreignCall {
	waiting := func(request func(*queryv1.WaitFor) proto.Message) foreignCall {
		return foreignCall{name: "wait_for", own: true, reason: "PRODUCER_NOT_FOUND", of: func(n workNames) proto.Message {
			return request(waitShortly(n.producer))
		}}
	}
	return map[string][]foreignCall{
		logaggv1.LogAggregationService_SearchLogs_FullMethodName: {
			{name: "application", confined: true, of: func(n workNames) proto.Message {
				return &logaggv1.SearchLogsRequest{Filter: ofApplication(n.item)}
			}},
			waiting(func(w *queryv1.WaitFor) proto.Message { return &logaggv1.SearchLogsRequest{WaitFor: w} }),
			{name: "cursor", cursorOf: "search", of: func(n workNames) proto.Message {
				return &logaggv1.SearchLogsRequest{Cursor: n.cursor}
			}},
		},
		logaggv1.LogAggregationService_GetLogStatistics_FullMethodName: {
			{name: "application", confined: true, of: func(n workNames) proto.Message {
				return &logaggv1.GetLogStatisticsRequest{Filter: ofApplication(n.item), ByApplication: true}
			}},
			waiting(func(w *queryv1.WaitFor) proto.Message { return &logaggv1.GetLogStatisticsRequest{WaitFor: w} }),
		},
		logaggv1.LogAggregationService_TailLogs_FullMethodName: {
			{name: "application", confined: true, of: func(n workNames) proto.Message {
				return &logaggv1.TailLogsRequest{Filter: ofApplication(n.item)}
			}},
		},
	}
}

func foreignStreams() map[string][]foreignCall {
	const absent = "STREAM_NOT_FOUND"
	return map[string][]foreignCall{
		streamv1.StreamService_GetStream_FullMethodName: {
			{name: "stream_id", reason: absent, of: func(n workNames) proto.Message {
				return &streamv1.GetStreamRequest{StreamId: n.stream}
			}},
		},
		streamv1.StreamService_CancelStream_FullMethodName: {
			{name: "stream_id", reason: absent, of: func(n workNames) proto.Message {
				return &streamv1.CancelStreamRequest{StreamId: n.stream, Reason: "mine"}
			}},
		},
		streamv1.StreamService_ListStreams_FullMethodName: {
			{name: "cursor", cursorOf: "streams", of: func(n workNames) proto.Message {
				return &streamv1.ListStreamsRequest{Cursor: n.cursor}
			}},
		},
		streamv1.StreamService_WatchStreams_FullMethodName: {
			{name: "all", of: func(workNames) proto.Message { return &streamv1.WatchStreamsRequest{IntervalMs: 100} }},
		},
		usagev1.UsageService_GetUsage_FullMethodName: {
			{name: "all", of: func(workNames) proto.Message { return &usagev1.GetUsageRequest{} }},
		},
	}
}
