package history

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/winnowd/winnow/models"
)

// readFixture reads a file of testdata by the format that is told from it.
func readFixture(t *testing.T, name, format string) (entries []models.HistoryEntry, faults []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Detect("export", text[:min(len(text), HeadBytes)])
	if err != nil || f.Name != format {
		t.Fatalf("told as %q, %v", f.Name, err)
	}
	return read(t, f, string(text))
}

// summary is what matters of an entry, in one line.
func summary(e models.HistoryEntry) string {
	c := e.Labelled.Comment
	return fmt.Sprintf("%d %s %q %s by %q under %q: %q", e.Line, c.ID, e.Labelled.Label, c.Type, c.Author.Name, c.Post.ID, c.Content)
}

func checkSummaries(t *testing.T, entries []models.HistoryEntry, want []string) {
	t.Helper()
	var got []string
	for _, e := range entries {
		got = append(got, summary(e))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWordpressExport(t *testing.T) {
	entries, faults := readFixture(t, "wordpress.xml", "wordpress")
	checkSummaries(t, entries, []string{
		`23 101 "ham" comment by "Jörg & Ann" under "41": "Does this work for <em>old</em> climbers & ramblers too?\nI never dared."`,
		`42 102 "ham" comment by "mara" under "41": "It does."`,
		`56 103 "spam" comment by "cheap seeds" under "41": "<a href=\"https://seeds.example/buy\">buy seeds</a>"`,
		`62 104 "spam" comment by "" under "41": "first!!! <b>visit</b> my page \u00a0 R&D"`,
		`67 105 "" comment by "" under "41": "still waiting"`,
		`72 106 "ham" pingback by "Other blog" under "41": "[...] as Garden notes says, above an outward-facing bud [...]]>"`,
		`90 108 "" comment by "" under "42": "went with its article"`,
	})
	if want := []string{`row line 80: <wp:comment_approved> is "maybe", must be 1, 0, spam or trash`}; !slices.Equal(faults, want) {
		t.Errorf("faults %q", faults)
	}
	first, reply := entries[0].Labelled.Comment, entries[1].Labelled.Comment
	want := models.Comment{
		ID: "101", Type: "comment", Content: first.Content, ContentType: models.HTML, SubmittedAt: time.Date(2026, 2, 21, 9, 15, 0, 0, time.UTC),
		Post:   models.Post{ID: "41", URL: "https://garden.example/pruning-roses/", Title: "Pruning roses", PublishedAt: time.Date(2026, 2, 20, 8, 0, 0, 0, time.UTC)},
		Author: models.Author{Name: "Jörg & Ann", Email: "joerg@example.org", URL: "https://joerg.example", IP: "203.0.113.7"},
	}
	if fmt.Sprint(first) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", first, want)
	}
	if reply.ParentID != "101" || reply.Author.ID != "3" || !reply.Author.LoggedIn || reply.SubmittedAt != time.Date(2026, 2, 21, 11, 0, 0, 0, time.UTC) {
		t.Errorf("got %+v", reply)
	}
	if other := entries[6].Labelled.Comment.Post; other.Title != "Compost" || !other.PublishedAt.IsZero() {
		t.Errorf("the second article is %+v", other)
	}
}

func TestDisqusExport(t *testing.T) {
	entries, faults := readFixture(t, "disqus.xml", "disqus")
	checkSummaries(t, entries, []string{
		`24 5001 "ham" comment by "Jörg" under "2001": "<p>Does this work for old climbers &amp; ramblers too?</p>"`,
		`36 5002 "ham" comment by "mara" under "2001": "<p>It does.</p>"`,
		`50 5003 "spam" comment by "cheap seeds" under "2999": "<p>buy <a href=\"https://seeds.example/buy\" rel=\"nofollow\">seeds</a></p>"`,
		`64 5004 "" comment by "Jörg" under "2001": "<p>never mind</p>"`,
	})
	if want := []string{"row line 73: <message> is missing"}; !slices.Equal(faults, want) {
		t.Errorf("faults %q", faults)
	}
	reply, spam := entries[1].Labelled.Comment, entries[2].Labelled.Comment
	if reply.ParentID != "5001" || reply.Author.ID != "mara" || !reply.Author.LoggedIn || reply.Post.Title != "Pruning roses" ||
		reply.Post.URL != "https://garden.example/pruning-roses/" || reply.SubmittedAt != time.Date(2026, 2, 21, 10, 0, 0, 0, time.UTC) {
		t.Errorf("got %+v", reply)
	}
	if spam.Author.Email != "x@seeds.example" || spam.Author.IP != "198.51.100.9" || spam.Author.LoggedIn {
		t.Errorf("got %+v", spam.Author)
	}
}

// wxr is an export with one item.
func wxr(item string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.0/"><channel><item>` + "\n" + item + "\n</item></channel></rss>"
}

// comment is a comment in an export.
func comment(id, content string) string {
	return "<wp:comment><wp:comment_id>" + id + "</wp:comment_id><wp:comment_content>" + content +
		"</wp:comment_content><wp:comment_approved>1</wp:comment_approved></wp:comment>"
}

func TestExportsInOtherEncodings(t *testing.T) {
	const text = "Grüße, “naïve” café"
	utf8 := wxr(comment("1", text))
	encode := func(name string, encoder interface{ String(string) (string, error) }) string {
		s, err := encoder.String(strings.Replace(utf8, "UTF-8", name, 1))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, file := range map[string]string{
		"UTF-8":               utf8,
		"UTF-8 with a mark":   byteOrderMark + utf8,
		"no declaration":      strings.SplitN(utf8, "\n", 2)[1],
		"Windows-1252":        encode("windows-1252", charmap.Windows1252.NewEncoder()),
		"UTF-16 little":       encode("UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"UTF-16 big":          encode("utf-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()),
		"an unknown encoding": strings.Replace(utf8, "UTF-8", "x-none", 1),
	} {
		f, err := Detect("x", []byte(file)[:min(len(file), HeadBytes)])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		entries, faults := read(t, f, file)
		if len(entries) != 1 || len(faults) != 0 || entries[0].Labelled.Comment.Content != text {
			t.Errorf("%s: %+v, %v", name, entries, faults)
		}
	}
}

func TestWhatIsNotWellFormedIsForgiven(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"characters that XML forbids": {"a\x08b\x00c\ufffe", "a b c "},
		"bytes that are not UTF-8":    {"a\xffb", "a\ufffdb"},
		"a bare ampersand":            {"R&D & more", "R&D & more"},
		"entities of HTML":            {"a&nbsp;b&eacute;", "a\u00a0bé"},
		"an entity that nobody knows": {"&xxe;", "&xxe;"},
		"a tag that is not closed":    {"a<br>b", "ab"},
	} {
		entries, faults := read(t, wordpress(), wxr(comment("1", c.content)+"\n"+comment("2", "next")))
		if len(entries) == 0 || entries[0].Labelled.Comment.Content != c.want && name != "a tag that is not closed" {
			t.Errorf("%s: %+v, %q", name, entries, faults)
			continue
		}
		if last := entries[len(entries)-1].Labelled.Comment; last.ID != "2" || last.Content != "next" {
			t.Errorf("%s: the comment after it is %+v, %q", name, last, faults)
		}
	}
}

func TestExternalEntitiesAreNotRead(t *testing.T) {
	file := strings.Replace(wxr(comment("1", "see &xxe; &lol;")), "<rss",
		`<!DOCTYPE rss [<!ENTITY xxe SYSTEM "file:///etc/passwd"><!ENTITY lol "&xxe;&xxe;">]><rss`, 1)
	entries, faults := read(t, wordpress(), file)
	if len(entries) != 1 || len(faults) != 0 || entries[0].Labelled.Comment.Content != "see &xxe; &lol;" {
		t.Errorf("%+v, %q", entries, faults)
	}
}

func TestAFileThatIsCutOffGivesWhatItHas(t *testing.T) {
	whole := wxr(comment("1", "one") + "\n" + comment("2", "<![CDATA[two]]>"))
	for _, end := range []string{"tw", "<![CDATA[", "<wp:comment_content", "</channel"} {
		file := whole[:strings.LastIndex(whole, end)+len(end)]
		entries, faults := read(t, wordpress(), file)
		if len(entries) < 1 || len(faults) != 1 || !strings.HasPrefix(faults[0], "end line ") || !strings.Contains(faults[0], ": the file ends too early") {
			t.Errorf("cut off after %s: %+v, %q", end, entries, faults)
		}
	}
}

func TestHugeAndDeepFilesAreRefused(t *testing.T) {
	for want, file := range map[string]string{
		"nested more than 64 deep":            wxr(strings.Repeat("<a>", 100)),
		"<comment> is larger than":            wxr(comment("1", strings.Repeat("x", maxRecord))),
		"row line 3: /content: is 65537":      wxr(comment("1", strings.Repeat("x", maxContent+1))),
		"<comment> is larger than 4194304 by": wxr("<wp:comment>" + strings.Repeat(`<a b="cccccccccccccccccccccccccccccccccccccccccccc"/>`, 1<<17)),
	} {
		_, faults := read(t, wordpress(), file)
		if len(faults) != 1 || !strings.Contains(faults[0], want) {
			t.Errorf("want %q, got %q", want, faults)
		}
	}
}

func TestAHugePieceIsRefusedBeforeItIsInMemory(t *testing.T) {
	for name, piece := range map[string]string{"text": "<a>@</a>", "tag": "<a b='@'/>", "comment": "<!--@-->", "name": "<@/>"} {
		x := newXMLReader(strings.NewReader(strings.Replace(piece, "@", strings.Repeat("x", 1<<20), 1)))
		x.piece.most = 1 << 16
		var err error
		for err == nil {
			_, err = x.next()
		}
		if !strings.HasPrefix(err.Error(), "line 1: one piece is longer than 65536 bytes") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless gives comments without end.
type endless struct {
	head io.Reader
	n    int
	left []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	if len(e.left) == 0 {
		e.n++
		e.left = []byte(comment(fmt.Sprint(e.n), "text") + "\n")
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

func TestReadingStopsWhenNobodyWantsMore(t *testing.T) {
	head, _, _ := strings.Cut(wxr("@"), "@")
	count := 0
	for e, err := range wordpress().Read(&endless{head: strings.NewReader(head)}) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count == 50_000 {
			if e.Labelled.Comment.ID != "50000" {
				t.Errorf("comment 50000 has id %q", e.Labelled.Comment.ID)
			}
			break
		}
	}
}

func FuzzXML(f *testing.F) {
	for _, name := range []string{"wordpress.xml", "disqus.xml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(wxr(comment("1", "x"))))
	f.Add([]byte("\xff\xfe<\x00d\x00i\x00s\x00q\x00u\x00s\x00>\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []Format{wordpress(), disqus()} {
			for e, err := range format.Read(bytes.NewReader(data)) {
				if err == nil && (e.Line < 1 || e.Labelled.Comment.ContentType != models.HTML || checkLabelled(e.Labelled) != nil) {
					t.Fatalf("%s: %+v", format.Name, e)
				}
			}
		}
	})
}
