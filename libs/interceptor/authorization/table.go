package authorization

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// scopes are what a method needs, all of them.
type scopes []principal.Scope

// table has every method of the schema. Who writes also asks how far the own
// work has come. What isn't here is refused.
var table = map[string]scopes{
	fileuploadv1.FileUploadService_UploadFile_FullMethodName:   {principal.FilesWrite},
	fileuploadv1.FileUploadService_GetUpload_FullMethodName:    {principal.FilesWrite},
	fileuploadv1.FileUploadService_WatchUpload_FullMethodName:  {principal.FilesWrite},
	fileuploadv1.FileUploadService_ListUploads_FullMethodName:  {principal.FilesWrite},
	fileuploadv1.FileUploadService_AbortUpload_FullMethodName:  {principal.FilesWrite},
	fileuploadv1.FileUploadService_GetFile_FullMethodName:      {principal.FilesRead},
	fileuploadv1.FileUploadService_ListFiles_FullMethodName:    {principal.FilesRead},
	fileuploadv1.FileUploadService_DownloadFile_FullMethodName: {principal.FilesRead},
	fileuploadv1.FileUploadService_VerifyFile_FullMethodName:   {principal.FilesRead},
	fileuploadv1.FileUploadService_UpdateFile_FullMethodName:   {principal.FilesWrite},
	fileuploadv1.FileUploadService_CopyFile_FullMethodName:     {principal.FilesRead, principal.FilesWrite},
	fileuploadv1.FileUploadService_DeleteFile_FullMethodName:   {principal.FilesDelete},

	fileuploadv1.FileUploadService_ListQuarantinedFiles_FullMethodName:   {principal.FilesQuarantine},
	fileuploadv1.FileUploadService_ReleaseQuarantinedFile_FullMethodName: {principal.FilesQuarantine},
	fileuploadv1.FileUploadService_DeleteQuarantinedFile_FullMethodName:  {principal.FilesQuarantine},

	collectorv1.DataCollectionService_CollectDataPoints_FullMethodName: {principal.PointsWrite},
	collectorv1.DataCollectionService_GetPosition_FullMethodName:       {principal.PointsWrite},
	collectorv1.DataCollectionService_WatchPosition_FullMethodName:     {principal.PointsWrite},
	collectorv1.DataCollectionService_QueryDataPoints_FullMethodName:   {principal.PointsRead},
	collectorv1.DataCollectionService_GetStatistics_FullMethodName:     {principal.PointsRead},
	collectorv1.DataCollectionService_ListSeries_FullMethodName:        {principal.PointsRead},
	collectorv1.DataCollectionService_DeleteDataPoints_FullMethodName:  {principal.PointsDelete},

	logaggv1.LogAggregationService_CollectLogs_FullMethodName:      {principal.LogsWrite},
	logaggv1.LogAggregationService_GetPosition_FullMethodName:      {principal.LogsWrite},
	logaggv1.LogAggregationService_WatchPosition_FullMethodName:    {principal.LogsWrite},
	logaggv1.LogAggregationService_SearchLogs_FullMethodName:       {principal.LogsRead},
	logaggv1.LogAggregationService_GetLogStatistics_FullMethodName: {principal.LogsRead},
	logaggv1.LogAggregationService_TailLogs_FullMethodName:         {principal.LogsRead},
	logaggv1.LogAggregationService_DeleteLogs_FullMethodName:       {principal.LogsDelete},
	logaggv1.LogAggregationService_FlushLogs_FullMethodName:        {principal.LogsAdmin},
	logaggv1.LogAggregationService_TestRules_FullMethodName:        {principal.LogsAdmin},

	streamv1.StreamService_ListStreams_FullMethodName:  {principal.StreamsRead},
	streamv1.StreamService_GetStream_FullMethodName:    {principal.StreamsRead},
	streamv1.StreamService_WatchStreams_FullMethodName: {principal.StreamsRead},
	streamv1.StreamService_CancelStream_FullMethodName: {principal.StreamsAdmin},

	usagev1.UsageService_GetUsage_FullMethodName: {principal.UsageRead},
}
