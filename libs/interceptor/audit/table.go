package audit

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
)

// action is what a method does, in the audit log's words.
type action struct {
	name string
	// read tells that it changes nothing.
	read bool
	// work is what the identifier of a client stream's work is called.
	work string
}

// unlisted is the action of methods that are not the schema's, such as
// reflection.
var unlisted = action{name: "server.other", read: true}

// actions has every method of the schema.
var actions = map[string]action{
	fileuploadv1.FileUploadService_UploadFile_FullMethodName:  {name: "file.upload", work: "upload_id"},
	fileuploadv1.FileUploadService_AbortUpload_FullMethodName: {name: "upload.abort"},
	fileuploadv1.FileUploadService_UpdateFile_FullMethodName:  {name: "file.update"},
	fileuploadv1.FileUploadService_CopyFile_FullMethodName:    {name: "file.copy"},
	fileuploadv1.FileUploadService_DeleteFile_FullMethodName:  {name: "file.delete"},

	fileuploadv1.FileUploadService_ListQuarantinedFiles_FullMethodName:   {name: "quarantine.list", read: true},
	fileuploadv1.FileUploadService_ReleaseQuarantinedFile_FullMethodName: {name: "quarantine.release"},
	fileuploadv1.FileUploadService_DeleteQuarantinedFile_FullMethodName:  {name: "quarantine.delete"},
	fileuploadv1.FileUploadService_GetUpload_FullMethodName:              {name: "upload.get", read: true},
	fileuploadv1.FileUploadService_WatchUpload_FullMethodName:            {name: "upload.watch", read: true},
	fileuploadv1.FileUploadService_ListUploads_FullMethodName:            {name: "upload.list", read: true},
	fileuploadv1.FileUploadService_GetFile_FullMethodName:                {name: "file.get", read: true},
	fileuploadv1.FileUploadService_ListFiles_FullMethodName:              {name: "file.list", read: true},
	fileuploadv1.FileUploadService_DownloadFile_FullMethodName:           {name: "file.download", read: true},
	fileuploadv1.FileUploadService_VerifyFile_FullMethodName:             {name: "file.verify", read: true},

	collectorv1.DataCollectionService_CollectDataPoints_FullMethodName: {name: "points.collect", work: "producer_id"},
	collectorv1.DataCollectionService_DeleteDataPoints_FullMethodName:  {name: "points.delete"},
	collectorv1.DataCollectionService_GetPosition_FullMethodName:       {name: "points.position", read: true},
	collectorv1.DataCollectionService_WatchPosition_FullMethodName:     {name: "points.watch", read: true},
	collectorv1.DataCollectionService_QueryDataPoints_FullMethodName:   {name: "points.query", read: true},
	collectorv1.DataCollectionService_GetStatistics_FullMethodName:     {name: "points.statistics", read: true},
	collectorv1.DataCollectionService_ListSeries_FullMethodName:        {name: "points.series", read: true},

	logaggv1.LogAggregationService_CollectLogs_FullMethodName:      {name: "logs.collect", work: "producer_id"},
	logaggv1.LogAggregationService_DeleteLogs_FullMethodName:       {name: "logs.delete"},
	logaggv1.LogAggregationService_FlushLogs_FullMethodName:        {name: "logs.flush"},
	logaggv1.LogAggregationService_GetPosition_FullMethodName:      {name: "logs.position", read: true},
	logaggv1.LogAggregationService_WatchPosition_FullMethodName:    {name: "logs.watch", read: true},
	logaggv1.LogAggregationService_SearchLogs_FullMethodName:       {name: "logs.search", read: true},
	logaggv1.LogAggregationService_GetLogStatistics_FullMethodName: {name: "logs.statistics", read: true},
	logaggv1.LogAggregationService_TailLogs_FullMethodName:         {name: "logs.tail", read: true},
	logaggv1.LogAggregationService_TestRules_FullMethodName:        {name: "rules.test", read: true},

	streamv1.StreamService_CancelStream_FullMethodName: {name: "stream.cancel"},
	streamv1.StreamService_ListStreams_FullMethodName:  {name: "stream.list", read: true},
	streamv1.StreamService_GetStream_FullMethodName:    {name: "stream.get", read: true},
	streamv1.StreamService_WatchStreams_FullMethodName: {name: "stream.watch", read: true},

	usagev1.UsageService_GetUsage_FullMethodName: {name: "usage.get", read: true},
}

func actionOf(fullMethod string) action {
	if found, ok := actions[fullMethod]; ok {
		return found
	}
	return unlisted
}
