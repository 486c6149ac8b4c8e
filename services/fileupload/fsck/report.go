package fsck

// maxListed bounds how many problems, and how many leftovers, are listed.
const maxListed = 100

// Report tells what the catalog and the store of a file service have.
type Report struct {
	// Place is what was examined, for people.
	Place string `json:"place"`
	// Deep tells that all content was read, and not only its size looked at.
	Deep bool `json:"deep"`
	// Sound tells that there is no problem. Leftovers are none.
	Sound bool `json:"sound"`

	Tenants int `json:"tenants"`
	// Files are rows of the catalog, and FileBytes the sum of their sizes. Several
	// files may share a content.
	Files     int64 `json:"files"`
	FileBytes int64 `json:"file_bytes"`
	// Uploads are those that are not finished.
	Uploads int64 `json:"uploads"`
	// Blobs and Parts are what the store has.
	Blobs int64 `json:"blobs"`
	Parts int64 `json:"parts"`
	// ReadBytes of content were read; 0 unless Deep.
	ReadBytes int64 `json:"read_bytes"`

	// ProblemCount is how many problems there are, and Problems the first 100.
	ProblemCount int64     `json:"problem_count"`
	Problems     []Problem `json:"problems"`
	// LeftoverCount is how many blobs and parts belong to nothing, and Leftovers the
	// first 100. A few are what crashes leave, and the service removes them.
	LeftoverCount int64      `json:"leftover_count"`
	Leftovers     []Leftover `json:"leftovers"`
	// BusyTenants are those whose usage changed whenever it was compared.
	BusyTenants int `json:"busy_tenants"`
}

// Kind is what kind of thing is wrong.
type Kind string

// The kinds of problems and leftovers.
const (
	// DamagedContent is content of a file that is gone or not what was stored.
	DamagedContent Kind = "damaged_content"
	// MissingPart is an upload whose durable bytes are gone or too few.
	MissingPart Kind = "missing_part"
	// WrongUsage is a tenant whose usage is not the sum of what it has.
	WrongUsage Kind = "wrong_usage"
	// UnknownBlob is content that no file has.
	UnknownBlob Kind = "unknown_blob"
	// UnknownPart is a part that no upload has.
	UnknownPart Kind = "unknown_part"
)

// Problem is something that is lost or wrong.
type Problem struct {
	Kind     Kind   `json:"kind"`
	Tenant   string `json:"tenant"`
	FileID   string `json:"file_id,omitempty"`
	UploadID string `json:"upload_id,omitempty"`
	BlobID   string `json:"blob_id,omitempty"`
	Detail   string `json:"detail"`
}

// Leftover is a blob or a part that belongs to nothing.
type Leftover struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

func (r *Report) problem(p Problem) {
	r.ProblemCount++
	if len(r.Problems) < maxListed {
		r.Problems = append(r.Problems, p)
	}
}

func (r *Report) leftover(kind Kind, id string) {
	r.LeftoverCount++
	if len(r.Leftovers) < maxListed {
		r.Leftovers = append(r.Leftovers, Leftover{Kind: kind, ID: id})
	}
}
