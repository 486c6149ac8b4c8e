package client

// DownloadOption is a setting of one download.
type DownloadOption interface {
	applyDownload(o *downloadOptions)
}

type downloadOptions struct {
	path     string
	offset   int64
	length   *int64
	progress func(Progress)
}

type downloadOption func(*downloadOptions)

func (f downloadOption) applyDownload(o *downloadOptions) { f(o) }

// WithOffset begins the download at this byte, counted from 0. At most the
// file's size.
func WithOffset(offset int64) DownloadOption {
	return downloadOption(func(o *downloadOptions) { o.offset = offset })
}

// WithLength downloads at most this many bytes. The default goes to the end of
// the file, as does a length that passes it.
func WithLength(length int64) DownloadOption {
	return downloadOption(func(o *downloadOptions) { o.length = &length })
}

func collectDownloadOptions(opts []DownloadOption) downloadOptions {
	var o downloadOptions
	for _, opt := range opts {
		opt.applyDownload(&o)
	}
	return o
}
