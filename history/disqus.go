package history

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/winnowd/winnow/models"
)

// disqus is what Disqus exports: threads, and posts that refer to them.
//
// Posts that are marked as spam are spam. Deleted ones are not labelled: authors, too,
// delete what they wrote. All others are ham.
func disqus() Format {
	return Format{
		Name: "disqus", Title: "Disqus export (XML)",
		Match: func(_ string, head []byte) bool { return bytes.Contains(plainHead(head), []byte("<disqus")) },
		Read:  readDisqus,
	}
}

// maxThreads is of how many threads title and address are kept, and maxThreadText how
// many bytes of each. Posts of threads beyond know only the thread's id.
const (
	maxThreads    = 200_000
	maxThreadText = 1024
)

func readDisqus(r io.Reader) iter.Seq2[models.HistoryEntry, error] {
	return func(yield func(models.HistoryEntry, error) bool) {
		x := newXMLReader(r)
		threads := map[string]models.Post{}
		for {
			token, err := x.next()
			if errors.Is(err, io.EOF) {
				return
			}
			var found fields
			start, isStart := token.(xml.StartElement)
			line := x.line()
			if err == nil && isStart && x.depth == 2 && (start.Name.Local == "thread" || start.Name.Local == "post") {
				found, err = x.read(start)
			}
			if err != nil {
				yield(models.HistoryEntry{}, err)
				return
			}
			switch {
			case found == nil:
			case start.Name.Local == "thread":
				if id := found.text("@id"); len(threads) < maxThreads && len(id) < models.MaxIDBytes {
					threads[id] = models.Post{
						ID: id, URL: cut(found.text("link")), Title: cut(found.text("title")), PublishedAt: dateOf(found.text("createdAt")),
					}
				}
			default:
				l, err := disqusPost(found, threads)
				if !yield(rowAt(line, l, err)) {
					return
				}
			}
		}
	}
}

// cut shortens a text, which is then a copy, so that the file's is not kept.
func cut(text string) string {
	return strings.ToValidUTF8(strings.Clone(text[:min(len(text), maxThreadText)]), "")
}

// disqusPost makes a comment of a <post>.
func disqusPost(f fields, threads map[string]models.Post) (*models.LabelledComment, error) {
	content, there := f["message"]
	if !there {
		return nil, errors.New("<message> is missing")
	}
	spam, err := f.truth("isSpam")
	if err != nil {
		return nil, err
	}
	deleted, err := f.truth("isDeleted")
	if err != nil {
		return nil, err
	}
	post, known := threads[f.text("thread@id")]
	if !known {
		post.ID = f.text("thread@id")
	}
	l := &models.LabelledComment{Label: models.Ham, Comment: models.Comment{
		ID: f.text("@id"), Content: content, ContentType: models.HTML,
		SubmittedAt: dateOf(f.text("createdAt")), ParentID: f.text("parent@id"), Post: post,
		Author: models.Author{
			ID: f.text("author/username"), Name: f.text("author/name"), Email: f.text("author/email"), URL: f.text("author/link"), IP: f.text("ipAddress"),
			LoggedIn: f.text("author/username") != "",
		},
	}}
	switch {
	case spam:
		l.Label = models.Spam
	case deleted:
		l.Label = ""
	}
	return l, checkLabelled(l)
}

// truth reads "true" or "false"; what is not there is false.
func (f fields) truth(path string) (bool, error) {
	switch text := f.text(path); strings.ToLower(text) {
	case "true", "1":
		return true, nil
	case "false", "0", "":
		return false, nil
	default:
		return false, fmt.Errorf("<%s> is %q, must be true or false", path, text)
	}
}
