package policy

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

func TestRequiredFields(t *testing.T) {
	for _, tt := range []struct {
		name, entry string
		change      func(c *models.Case)
		code        string
		params      map[string]any
		detail      string
	}{
		{"all there", "rule: required-fields", func(*models.Case) {}, "", nil, ""},
		{"no e-mail", "rule: required-fields", func(c *models.Case) { c.Revision.Comment.Author.Email = "" },
			"missing", map[string]any{"fields": []string{"author.email"}}, "author.email is missing"},
		{"nothing", "rule: required-fields", func(c *models.Case) { c.Revision.Comment, c.Text = models.Comment{}, models.Text{} },
			"missing", map[string]any{"fields": []string{"author.name", "author.email", "content"}}, "author.name, author.email and content are missing"},
		{"white space", "rule: required-fields", func(c *models.Case) { c.Revision.Comment.Author.Name = " \t\u00a0\u3000" },
			"missing", map[string]any{"fields": []string{"author.name"}}, "author.name is missing"},
		{"invisible", "rule: required-fields", func(c *models.Case) { c.Text.Plain = "\u200b\ufe0f\u2060 \u3164\u2800" },
			"missing", map[string]any{"fields": []string{"content"}}, "content is missing"},
		{"markup without text", "rule: required-fields", func(c *models.Case) { c.Revision.Comment.Content, c.Text.Plain = "<p></p>", "" },
			"missing", map[string]any{"fields": []string{"content"}}, "content is missing"},
		{"e-mail without @", "rule: required-fields", func(c *models.Case) { c.Revision.Comment.Author.Email = "ann.mail.example" },
			"malformed", map[string]any{"fields": []string{"author.email"}}, "author.email is not an e-mail address"},
		{"e-mail and name", "rule: required-fields", func(c *models.Case) { c.Revision.Comment.Author = models.Author{Email: "@"} },
			"missing", map[string]any{"fields": []string{"author.name"}, "malformed": []string{"author.email"}},
			"author.name is missing, author.email is not an e-mail address"},
		{"e-mail not asked for", "rule: required-fields, fields: [content]", func(c *models.Case) { c.Revision.Comment.Author.Email = "ann" }, "", nil, ""},
		{"own list", "rule: required-fields, fields: [post.url, author.ip, language]", func(c *models.Case) { c.Revision.Comment.Language = "en" },
			"missing", map[string]any{"fields": []string{"post.url"}}, "post.url is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			tt.change(c)
			f := expect(t, tt.entry, c, tt.detail)
			if tt.code != "" && f.Code != "required-fields."+tt.code || !reflect.DeepEqual(f.Params, tt.params) {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestEmailSyntax(t *testing.T) {
	for s, want := range map[string]bool{
		"a@b": true, " ann@mail.example\n": true, "ann": false, "@b": false, "a@": false, "@": false, "a@b@c": false, "": false,
	} {
		if _, _, ok := splitEmail(s); ok != want {
			t.Errorf("%q: %v", s, ok)
		}
	}
}

func TestEveryFieldIsRead(t *testing.T) {
	c := &models.Case{
		Text: models.Text{Plain: "content"},
		Revision: &models.Revision{Comment: models.Comment{
			ParentID: "parent_id", Language: "language", Referrer: "referrer",
			Post:   models.Post{ID: "post.id", URL: "post.url", Title: "post.title"},
			Author: models.Author{ID: "author.id", Name: "author.name", Email: "author.email", URL: "author.url", IP: "author.ip", UserAgent: "author.user_agent", Role: "author.role"},
		}},
	}
	for _, f := range fieldTable {
		if got := f.value(c); got != f.name {
			t.Errorf("%s reads %q", f.name, got)
		}
	}
}

func TestLinkLimit(t *testing.T) {
	relative := models.Link{URL: "/about?x=a:b"}
	mail := models.Link{URL: "mailto:ann@mail.example"}
	for _, tt := range []struct {
		name, params, site string
		links              []models.Link
		detail             string
	}{
		{"none", "", "https://blog.example", nil, ""},
		{"at the limit", "", "https://blog.example", links("a.example", "b.example"), ""},
		{"over", "", "https://blog.example", links("a.example", "b.example", "a.example"), "3 links, at most 2 are allowed"},
		{"own are not counted", "", "https://www.Blog.example:8443/x", append(links("blog.example", "img.blog.example", "b.example", "a.example"), relative), ""},
		{"a name that only ends alike", "", "https://blog.example", links("notblog.example", "blog.example.evil.example", "b.example"), "3 links, at most 2 are allowed"},
		{"site without address", "", "", links("blog.example", "blog.example", "blog.example"), "3 links, at most 2 are allowed"},
		{"none allowed", ", max: 0", "https://blog.example", links("a.example"), "1 link, none is allowed"},
		{"one allowed", ", max: 1", "https://blog.example", links("a.example", "b.example"), "2 links, at most 1 is allowed"},
		{"other schemes lead away", ", max: 0", "https://blog.example", []models.Link{mail, relative}, "1 link, none is allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			c.Site.URL, c.Text.Links = tt.site, tt.links
			expect(t, "rule: link-limit"+tt.params, c, tt.detail)
		})
	}
	c := testCase()
	c.Text.Links = links("a.example", "b.example", "c.example", "d.example", "blog.example", "e.example")
	f := expect(t, "rule: link-limit", c, "5 links, at most 2 are allowed")
	if want := map[string]any{"found": 5, "max": 2}; f.Code != "link-limit.too-many" || !reflect.DeepEqual(f.Params, want) {
		t.Errorf("got %+v", f)
	}
}

func TestHoneypot(t *testing.T) {
	for value, detail := range map[string]string{
		"":             "",
		" \n\u200b":    "",
		"http://x.y":   `the hidden form field was filled with "http://x.y"`,
		"a\u202eb\n c": `the hidden form field was filled with "ab c"`,
		`"`:            `the hidden form field was filled with "'"`,
	} {
		c := testCase()
		c.Revision.Comment.Form.Honeypot = value
		expect(t, "rule: honeypot", c, detail)
	}
	c := testCase()
	c.Revision.Comment.Form.Honeypot = strings.Repeat("ü", 500)
	f, _ := finding(t, "rule: honeypot", c)
	if n := utf8.RuneCountInString(f.Params["found"].(string)); n != 41 || strings.Count(f.Detail, "ü") != 40 {
		t.Errorf("%d characters, detail %q", n, f.Detail)
	}
}

func TestDuplicate(t *testing.T) {
	const hour = 3_600_000
	other := func(id string, age int64) models.Match { return models.Match{CommentID: id, AgeMS: age} }
	same := func(id string, age int64) models.Match {
		return models.Match{CommentID: id, AgeMS: age, SameAuthor: true}
	}
	retry := func(id string, age int64) models.Match {
		return models.Match{CommentID: id, AgeMS: age, SameAuthor: true, SamePost: true}
	}
	const others, cross = "the same text was posted by other authors ", "the author posted the same text under other posts "
	for _, tt := range []struct {
		name, params string
		matches      []models.Match
		code         string
		detail       string
	}{
		{"nothing alike", "", nil, "", ""},
		{"one by another", "", []models.Match{other("c-9", 5)}, "others", others + `once before, the last time in comment "c-9"`},
		{"another under the same post", "", []models.Match{{CommentID: "c-9", SamePost: true}}, "others", others + `once before, the last time in comment "c-9"`},
		{"too long ago", "", []models.Match{other("c-9", 24*hour+1)}, "", ""},
		{"just within", "", []models.Match{other("c-9", 24*hour)}, "others", others + `once before, the last time in comment "c-9"`},
		{"longer window", ", window: 3d", []models.Match{other("c-9", 71*hour)}, "others", others + `once before, the last time in comment "c-9"`},
		{"retries never count", ", max_same: 0", []models.Match{retry("a", 1), retry("b", 2), retry("c", 3)}, "", ""},
		{"same author twice", "", []models.Match{same("a", 1), same("b", 2)}, "", ""},
		{"same author three times", "", []models.Match{same("c", 1), retry("x", 1), same("b", 2), same("a", 3)}, "cross-post",
			cross + `3 times before, at most 2 are tolerated, the last time in comment "c"`},
		{"same author counts for nobody else", ", max_others: 1", []models.Match{same("c", 1), other("b", 2), same("a", 3)}, "", ""},
		{"one of others tolerated", ", max_others: 1", []models.Match{other("c", 1), other("b", 2)}, "others",
			others + `2 times before, at most 1 is tolerated, the last time in comment "c"`},
		{"others are named first", "", []models.Match{same("a", 1), same("b", 1), same("c", 1), other("d", 9)}, "others",
			others + `once before, the last time in comment "d"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			c.Facts.Duplicate.Matches = tt.matches
			f := expect(t, "rule: duplicate"+tt.params, c, tt.detail)
			if tt.code != "" && f.Code != "duplicate."+tt.code {
				t.Errorf("code %s", f.Code)
			}
		})
	}

	c := testCase()
	for range models.MaxMatches {
		c.Facts.Duplicate.Matches = append(c.Facts.Duplicate.Matches, other("b", 1))
	}
	c.Facts.Duplicate.Matches[models.MaxMatches-1].CommentID = "a"
	f := expect(t, "rule: duplicate", c, others+`at least 8 times before, the last time in comment "b"`)
	if want := map[string]any{"found": 8, "max": 0, "first": "a", "last": "b"}; !reflect.DeepEqual(f.Params, want) {
		t.Errorf("params %v", f.Params)
	}
	c.Facts.Duplicate = nil
	expect(t, "rule: duplicate", c, "")
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"  a  b ", 3, "a b"}, {"ab c", 3, "ab…"},
		{"a\u200bb\x00c\u202e", 3, "abc"}, {"日本語", 2, "日本…"}, {"abc  ", 3, "abc"}, {"\xff", 3, "\ufffd"},
	} {
		if got := clip(tt.in, tt.n); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
