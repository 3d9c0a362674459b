package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

// exportVersion is the version of the export's format. A change that older readers
// would misunderstand raises it.
const exportVersion = 1

// mark is the member that the first line of an export begins with.
const mark = "winnow_export"

// Header is the first line of an export. It is for people: an import needs none of it
// but the version.
type Header struct {
	Version int `json:"winnow_export"`
	// Site is the site's settings, without its keys.
	Site       *models.Site `json:"site"`
	ExportedAt time.Time    `json:"exported_at"`
}

// exported is what `winnow export` writes: a Header, then policies, revisions and
// labels in the order in which they happened.
func exported() Format {
	return Format{
		Name: "winnow", Title: "what `winnow export` writes",
		Match: func(_ string, head []byte) bool {
			return bytes.HasPrefix(bytes.TrimPrefix(head, []byte(byteOrderMark)), []byte(`{"`+mark+`":`))
		},
		Read: func(r io.Reader) iter.Seq2[models.HistoryEntry, error] { return eachLine(r, exportLine) },
	}
}

// exportedLine is any line of an export.
type exportedLine struct {
	Version  int                    `json:"winnow_export,omitzero"`
	Policy   *models.StoredPolicy   `json:"policy,omitzero"`
	Revision *models.StoredRevision `json:"revision,omitzero"`
	Label    *models.StoredLabel    `json:"label,omitzero"`
}

func exportLine(line []byte) (models.HistoryEntry, error) {
	var l exportedLine
	if err := readJSON(line, &l, jsontext.AllowDuplicateNames(true)); err != nil {
		return models.HistoryEntry{}, err
	}
	entry := models.HistoryEntry{Policy: l.Policy, Revision: l.Revision, Label: l.Label}
	switch {
	case l.Version > exportVersion:
		return entry, endError{fmt.Errorf("was exported by a newer winnow (format %d, this one knows %d): import it there", l.Version, exportVersion)}
	case l.Version > 0:
		return entry, errNoEntry
	case l.Revision != nil && l.Label != nil: // which would be one that was labelled elsewhere
		return entry, errors.New("is both a revision and a label")
	case l.Policy != nil:
		return entry, checkPolicy(l.Policy)
	case l.Revision != nil:
		return entry, checkRevision(l.Revision)
	case l.Label != nil:
		return entry, checkLabel(l.Label)
	}
	return entry, errors.New("is neither a policy nor a revision nor a label")
}

func checkPolicy(p *models.StoredPolicy) error {
	if p.Version == "" {
		return errors.New("/policy/version: is missing")
	}
	return nil
}

func checkRevision(r *models.StoredRevision) error {
	if err := models.CheckCommentID(r.CommentID); err != nil {
		return fmt.Errorf("/revision/comment_id: %w", err)
	}
	switch {
	case r.Revision < 1:
		return errors.New("/revision/revision: must be at least 1")
	case (r.Removed == "") != (r.Comment != nil):
		return errors.New("/revision: must have a comment, or say how it was removed")
	case r.Comment != nil && len(r.Comment.Content) > maxContent:
		return fmt.Errorf("/revision/comment/content: is %d bytes, at most %d are allowed", len(r.Comment.Content), maxContent)
	case r.ReceivedAt.IsZero():
		return errors.New("/revision/received_at: is missing")
	}
	switch r.State {
	case models.Queued, models.Decided, models.Superseded:
	default:
		return fmt.Errorf("/revision/state: %q, must be queued, decided or superseded", r.State)
	}
	switch r.Removed {
	case "", models.Removed, models.Erased:
	default:
		return fmt.Errorf("/revision/removed: %q, must be removed or erased", r.Removed)
	}
	if r.Comment != nil {
		r.Comment.ID = r.CommentID
	}
	return nil
}

func checkLabel(l *models.StoredLabel) error {
	if err := models.CheckCommentID(l.CommentID); err != nil {
		return fmt.Errorf("/label/comment_id: %w", err)
	}
	switch {
	case l.Label != models.Ham && l.Label != models.Spam:
		return fmt.Errorf("/label/label: %q, must be ham or spam", l.Label)
	case l.Lesson == nil && l.Retracted == nil:
		return errors.New("/label/lesson: is missing")
	case l.LabelledAt.IsZero():
		return errors.New("/label/labelled_at: is missing")
	}
	return nil
}

// WriteHeader writes the first line of an export.
func WriteHeader(w io.Writer, site *models.Site, at time.Time) error {
	return writeLine(w, &Header{Version: exportVersion, Site: site, ExportedAt: at})
}

// WriteEntry writes one policy, revision or label as a line of an export.
func WriteEntry(w io.Writer, e *models.HistoryEntry) error {
	line := exportedLine{Policy: e.Policy, Revision: e.Revision, Label: e.Label}
	if e.Revision != nil {
		bare := *e.Revision
		bare.Keys = models.Keys{}
		line.Revision = &bare
	}
	return writeLine(w, &line)
}

func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v, models.WireJSON(), json.FormatNilSliceAsNull(false), jsontext.EscapeForHTML(false),
		jsontext.AllowDuplicateNames(true)) // a meta is handed back as it came
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
