package models

// Label is what a person said a comment is.
type Label string

// The labels.
const (
	Ham  Label = "ham"
	Spam Label = "spam"
)

// Labels lists every label there is.
var Labels = [...]Label{Ham, Spam}

// Origin is where a label came from.
type Origin string

// The origins of a label.
const (
	OriginModerator   Origin = "moderator"
	OriginSite        Origin = "site"
	OriginImport      Origin = "import"
	OriginAkismet     Origin = "akismet"
	OriginPerspective Origin = "perspective"
	OriginAudit       Origin = "audit"
)

// Origins lists every origin there is.
var Origins = [...]Origin{OriginModerator, OriginSite, OriginImport, OriginAkismet, OriginPerspective, OriginAudit}

// Lesson is what training keeps of a labelled comment: enough to learn it again
// with a newer tokenizer, and neither e-mail nor address.
type Lesson struct {
	// Text is the content without markup.
	Text  string `json:"text,omitempty"`
	Links []Link `json:"links,omitempty"`
	// NameShape is the author's name reduced to classes of characters, such as "Xx 9".
	NameShape string `json:"name_shape,omitempty"`
	// NameWords are 52-bit hashes of the words of the author's name, in lower case. They
	// tell that a word is the same as one that was seen, and are not the words.
	NameWords []uint64 `json:"name_words,omitempty"`
	// Agent is the kind of program that sent the comment, such as "firefox" or "curl".
	Agent string `json:"agent,omitempty"`
	// AuthorHost is the host of the author's URL.
	AuthorHost string `json:"author_host,omitempty"`
	// EmailDomain is the part of the e-mail address after the @.
	EmailDomain string `json:"email_domain,omitempty"`
	// Hidden counts invisible characters in the content.
	Hidden int `json:"hidden,omitempty"`
}

// LogEntry is one entry of the label log: a lesson learnt, or one taken back. The
// model is a fold over these in order of Seq.
type LogEntry struct {
	Seq    int64
	SiteID int64
	Label  Label
	// Retracts tells that this entry takes back the label of the same lesson.
	Retracts bool
	// Shared tells that the lesson also trains the model that all sites share.
	Shared bool
	Lesson Lesson
}

// LogMark tells label logs apart.
type LogMark struct {
	// Standing is how many lessons of the log have not been taken back.
	Standing int
	// Digest is another one for another log.
	Digest string
}

// Labelling asks for the newest revision of a comment to be labelled.
type Labelling struct {
	Site      *Site
	CommentID string
	Label     Label
	Origin    Origin
	Actor     Actor
}
