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

// wordpress is WordPress's export, "WordPress eXtended RSS" (WXR) 1.0 to 1.2: items
// with their comments, pingbacks and trackbacks among them.
//
// Approved comments are ham; those marked as spam and those that a moderator put into
// the trash are spam; those that wait, and those that went into the trash with their
// article, are not labelled.
func wordpress() Format {
	return Format{
		Name: "wordpress", Title: "WordPress export (WXR)",
		Match: func(_ string, head []byte) bool {
			head = plainHead(head)
			return bytes.Contains(head, []byte("<rss")) && bytes.Contains(head, []byte("wordpress.org/export/"))
		},
		Read: readWordpress,
	}
}

func readWordpress(r io.Reader) iter.Seq2[models.HistoryEntry, error] {
	return func(yield func(models.HistoryEntry, error) bool) {
		x := newXMLReader(r)
		var post models.Post
		for {
			token, err := x.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(models.HistoryEntry{}, err)
				return
			}
			start, isStart := token.(xml.StartElement)
			if !isStart {
				continue
			}
			line := x.line()
			switch {
			case start.Name.Local == "item":
				post = models.Post{}
			case start.Name.Local == "comment" && isWordpress(start.Name):
				found, err := x.read(start)
				if err != nil {
					yield(models.HistoryEntry{}, err)
					return
				}
				l, err := wordpressComment(found, post)
				if !yield(rowAt(line, l, err)) {
					return
				}
			case x.depth == itemDepth:
				if err := readPost(x, start, &post); err != nil {
					yield(models.HistoryEntry{}, err)
					return
				}
			}
		}
	}
}

// itemDepth is how deep the elements of an item are nested: rss, channel, item.
const itemDepth = 4

// isWordpress tells whether a name is of one of the export's own namespaces, or of an
// undeclared "wp".
func isWordpress(name xml.Name) bool {
	return name.Space == "wp" || strings.HasPrefix(name.Space, "http://wordpress.org/export/") && !strings.Contains(name.Space, "/excerpt")
}

// readPost reads an element of an item, if it tells of the article.
func readPost(x *xmlReader, start xml.StartElement, post *models.Post) error {
	name := start.Name.Local
	switch own := isWordpress(start.Name); {
	case own && (name == "post_id" || name == "post_date_gmt"), start.Name.Space == "" && (name == "title" || name == "link"):
	default:
		return nil
	}
	found, err := x.read(start)
	if err != nil {
		return err
	}
	switch text := found.text(""); name {
	case "post_id":
		post.ID = text
	case "post_date_gmt":
		post.PublishedAt = dateOf(text)
	case "title":
		post.Title = text
	case "link":
		post.URL = text
	}
	return nil
}

// wordpressComment makes a comment of a <wp:comment>.
func wordpressComment(f fields, post models.Post) (*models.LabelledComment, error) {
	content, there := f["comment_content"]
	if !there {
		return nil, errors.New("<wp:comment_content> is missing")
	}
	c := models.Comment{
		ID: f.text("comment_id"), Type: f.text("comment_type"), Content: content, ContentType: models.HTML,
		SubmittedAt: dateOf(f.text("comment_date_gmt")), ParentID: otherThanZero(f.text("comment_parent")), Post: post,
		Author: models.Author{
			ID: otherThanZero(f.text("comment_user_id")), Name: f.text("comment_author"), Email: f.text("comment_author_email"),
			URL: f.text("comment_author_url"), IP: f.text("comment_author_IP"),
		},
	}
	c.Author.LoggedIn = c.Author.ID != ""
	if c.SubmittedAt.IsZero() {
		c.SubmittedAt = dateOf(f.text("comment_date"))
	}
	label, known := approval(f.text("comment_approved"))
	if !known {
		return nil, fmt.Errorf("<wp:comment_approved> is %q, must be 1, 0, spam or trash", f.text("comment_approved"))
	}
	l := &models.LabelledComment{Comment: c, Label: label}
	return l, checkLabelled(l)
}

// approval is what WordPress's states of a comment say of it.
func approval(state string) (label models.Label, known bool) {
	switch strings.ToLower(state) {
	case "1", "approve", "approved":
		return models.Ham, true
	case "spam", "trash":
		return models.Spam, true
	case "0", "hold", "unapproved", "pending", "post-trashed", "":
		return "", true
	}
	return "", false
}

// otherThanZero is a number by which WordPress refers to something; 0 means nothing.
func otherThanZero(number string) string {
	if number == "0" {
		return ""
	}
	return number
}

// rowAt is an entry of a line, or what is wrong with it.
func rowAt(line int, l *models.LabelledComment, err error) (models.HistoryEntry, error) {
	if err != nil {
		return models.HistoryEntry{Line: line}, &models.RowError{Line: line, Err: err.Error()}
	}
	return models.HistoryEntry{Line: line, Labelled: l}, nil
}

// plainHead is the beginning of a file as far as telling its format goes: that of
// UTF-16 without the zero bytes.
func plainHead(head []byte) []byte {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	return bytes.TrimPrefix(head, []byte(byteOrderMark))
}
