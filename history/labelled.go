package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

// labelledLines is JSON Lines with one labelled comment on each line; `content` and
// `label` are needed, members that are not listed here are ignored.
func labelledLines() Format {
	return Format{
		Name: "jsonl", Title: "JSON Lines of labelled comments",
		Match: func(_ string, head []byte) bool {
			head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte(byteOrderMark)))
			return len(head) == 0 || head[0] == '{'
		},
		Read: func(r io.Reader) iter.Seq2[models.HistoryEntry, error] { return eachLine(r, labelledLine) },
	}
}

// row is a line of labelled JSON Lines.
type row struct {
	ID          jsontext.Value     `json:"id"`
	Author      string             `json:"author"`
	AuthorEmail string             `json:"author_email"`
	AuthorURL   string             `json:"author_url"`
	IP          string             `json:"ip"`
	Content     *string            `json:"content"`
	ContentType models.ContentType `json:"content_type"`
	Language    string             `json:"language"`
	CreatedAt   *time.Time         `json:"created_at"`
	Label       models.Label       `json:"label"`
}

func labelledLine(line []byte) (models.HistoryEntry, error) {
	var r row
	if err := readJSON(line, &r); err != nil {
		return models.HistoryEntry{}, err
	}
	if r.Content == nil {
		return models.HistoryEntry{}, errors.New("/content: is missing")
	}
	if r.Label == "" {
		return models.HistoryEntry{}, errors.New("/label: is missing")
	}
	id, err := idOf(r.ID)
	if err != nil {
		return models.HistoryEntry{}, err
	}
	l := &models.LabelledComment{Label: r.Label, Comment: models.Comment{
		ID: id, Content: *r.Content, ContentType: r.ContentType, Language: r.Language,
		Author: models.Author{Name: r.Author, Email: r.AuthorEmail, URL: r.AuthorURL, IP: r.IP},
	}}
	if r.CreatedAt != nil {
		l.Comment.SubmittedAt = r.CreatedAt.UTC()
	}
	return models.HistoryEntry{Labelled: l}, checkLabelled(l)
}

// idOf reads an id: a string, or an integer that is taken as its digits.
func idOf(v jsontext.Value) (string, error) {
	switch v.Kind() {
	case 0, 'n':
		return "", nil
	case '0':
		if strings.Trim(string(v), "0123456789") == "" {
			return string(v), nil
		}
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		return string(text), err
	}
	return "", errors.New("/id: must be a string or an integer of digits alone")
}

// checkLabelled completes a comment from elsewhere and says what is wrong with it.
func checkLabelled(l *models.LabelledComment) error {
	c := &l.Comment
	if c.Type == "" {
		c.Type = "comment"
	}
	if c.ContentType == "" {
		c.ContentType = models.PlainText
	}
	switch c.ContentType {
	case models.PlainText, models.HTML, models.Markdown:
	default:
		return fmt.Errorf("/content_type: %q, must be text/plain, text/html or text/markdown", c.ContentType)
	}
	switch l.Label {
	case models.Ham, models.Spam, "":
	default:
		return fmt.Errorf("/label: %q, must be ham or spam", l.Label)
	}
	if len(c.Content) > maxContent {
		return fmt.Errorf("/content: is %d bytes, at most %d are allowed", len(c.Content), maxContent)
	}
	if c.ID == "" {
		return nil
	}
	if err := models.CheckCommentID(c.ID); err != nil {
		return fmt.Errorf("/id: %w", err)
	}
	return nil
}
