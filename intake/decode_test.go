package intake

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// decode decodes with a used decoder, as the handler does.
func decode(body []byte, limits Limits) (models.Comment, *problem.Problem) {
	limits = limits.withDefaults()
	d := newDecoder(&limits)
	defer d.release()
	d.body.Write(body)
	var c models.Comment
	p := d.comment(&c)
	return c, p
}

func TestDecoderKeepsNothingFromTheCommentBefore(t *testing.T) {
	limits := Limits{}.withDefaults()
	d := newDecoder(&limits)
	var first, second models.Comment
	d.body.WriteString(`{"id":"first","content":"a\u0041","author":{"name":5},"meta":{"x":1}}`)
	if p := d.comment(&first); p == nil || len(p.Errors) != 1 {
		t.Fatalf("got %v", p)
	}
	d.release()
	d = newDecoder(&limits)
	d.body.WriteString(`{"id":"second","content":"\u0042"}`)
	if p := d.comment(&second); p != nil {
		t.Fatal(p)
	}
	if second.ID != "second" || second.Content != "B" || first.ID != "first" || first.Content != "aA" || string(first.Meta) != `{"x":1}` {
		t.Errorf("got %+v after %+v", second, first)
	}
}

// A comment that waits in memory keeps no room for what else was in its body.
func TestTextsTakeLittleMoreMemoryThanTheyAreLong(t *testing.T) {
	limits := Limits{}.withDefaults()
	for _, length := range []int{1, 3 << 10, 5 << 10, 60 << 10} {
		d := newDecoder(&limits)
		d.body.WriteString(`{"author":{"name":"Ann"},"content":"` + strings.Repeat("x", length) + `","unknown":"` + strings.Repeat("y", 190<<10) + `"}`)
		var c models.Comment
		if p := d.comment(&c); p != nil {
			t.Fatal(p)
		}
		if got := d.texts.Cap(); len(c.Content) != length || got > 2*length+8<<10 {
			t.Errorf("%d bytes of content take %d", len(c.Content), got)
		}
		d.release()
	}
}

func TestFaultyObjectDoesNotShiftLaterPointers(t *testing.T) {
	_, p := decode([]byte(`{"author":{"x":{"name":1},"name":1},"post":5,"form":{"honeypot":1},"language":1,"\u0074ype":1}`), Limits{})
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Pointer)
	}
	if want := "[/author/name /post /form/honeypot /language /type]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestUnreadableBodySaysWhere(t *testing.T) {
	for body, want := range map[string]string{
		``:                    "the body must be one JSON object: it is empty",
		`{"id":"a"`:           "the body is not valid JSON: it ends too early, at byte 10",
		`{"a":1,"a":2}`:       "the body is not valid JSON: a member is there twice, at byte 8",
		`[]`:                  "the body must be one JSON object",
		`{} {}`:               "the body must be one JSON object: more than one value",
		"{\"a\":\"\xff\"}":    "the body is not valid JSON: invalid UTF-8, at byte 7",
		`{"content":"\ud800"`: "the body is not valid JSON: invalid surrogate pair `\\ud800\"` in string, at byte 13",
	} {
		if _, p := decode([]byte(body), Limits{}); p == nil || p.Detail != want {
			t.Errorf("%q: got %v, want %q", body, p, want)
		}
	}
}

// A body may have as many faults as it likes, as deep as it likes: the answer is short.
func TestFaultsThatLieDeepAreToldBriefly(t *testing.T) {
	deep := func(in string, levels int) string {
		return `{"x":` + strings.Repeat("[", levels) + in + strings.Repeat("]", levels) + `}`
	}
	for name, c := range map[string]struct {
		body string
		kind string
	}{
		"U+0000 in many strings":   {deep(strings.Repeat(`"\u0000",`, 20_000)+`1`, 9990), "invalid"},
		"U+0000 in a deep name":    {deep(`{"a":{"`+strings.Repeat("n", 9000)+`":"\u0000"}}`, 3), "invalid"},
		"nested too deep":          {deep(`1`, 20_000), "unreadable"},
		"a member twice, far down": {deep(`{"a":1,"a":2}`, 5000), "unreadable"},
	} {
		_, p := decode([]byte(c.body), Limits{})
		text, err := json.Marshal(p)
		if p == nil || err != nil || !strings.HasSuffix(p.Type, c.kind) || len(p.Errors) == 0 || len(text) > 4000 {
			t.Errorf("%s: %d bytes, %v: %.300s", name, len(text), err, text)
		}
		for _, e := range p.Errors {
			if !strings.HasPrefix(e.Pointer, "/x") && e.Pointer != "" {
				t.Errorf("%s: points to %q", name, e.Pointer)
			}
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01T10:00:00Z":                 "2026-03-01T10:00:00.000Z",
		"2026-03-01t10:00:00.5z":               "2026-03-01T10:00:00.500Z",
		"2026-03-01T10:00:00.123999+05:30":     "2026-03-01T04:30:00.123Z",
		"2026-03-01T10:00:00.1234567890123Z":   "2026-03-01T10:00:00.123Z",
		"2026-03-01T10:00:00-00:00":            "2026-03-01T10:00:00.000Z",
		"2026-03-01T10:00:00+23:59":            "2026-02-28T10:01:00.000Z",
		"2016-12-31T23:59:60Z":                 "2017-01-01T00:00:00.000Z",
		"2016-12-31T18:59:60.75-05:00":         "2017-01-01T00:00:00.750Z",
		"0000-01-01T00:00:00Z":                 "0000-01-01T00:00:00.000Z",
		"9999-12-31T23:59:59.999Z":             "9999-12-31T23:59:59.999Z",
		"9999-12-31T23:59:60Z":                 "",
		"2026-03-01T10:00:61Z":                 "",
		"2026-03-01T10:60:60Z":                 "",
		"2026-03-01T10:00:00":                  "",
		"2026-03-01T10:00:00ZZ":                "",
		"2026-03-01T10:00:00.Z":                "",
		"2026-03-01T10:00:00,5Z":               "",
		"2026-03-01T10:00:00+1:00":             "",
		"2026-03-01T10:00:00+0100":             "",
		"2026-03-01T10:00:00+24:00":            "",
		"2026-03-01T10:00:00+23:60":            "",
		"+026-03-01T10:00:00Z":                 "",
		"２０２６-03-01T10:00:00Z":                 "",
		"2026-03-01T10:00:00Z ":                "",
		"Sun, 01 Mar 2026 10:00:00 GMT padded": "",
	} {
		got, ok := parseTime([]byte(text))
		if ok != (want != "") {
			t.Errorf("%s: got %s, %v", text, got, ok)
		} else if s := got.Format("2006-01-02T15:04:05.000Z07:00"); ok && s != want {
			t.Errorf("%s: got %s, want %s", text, s, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		``, `{}`, `[]`, `{"id":"a","id":"b"}`, `{"id":1042,"content":"x\u0000","content_type":"text/html"}`, benchBody,
		`{"submitted_at":"2016-12-31T23:59:60.5+01:00","edited_at":"9999-12-31T23:59:59-05:00"}`,
		`{"author":{"logged_in":true,"name":"\ud83d\ude00"},"form":{"elapsed_ms":-1},"meta":[1.0,{"a":null}],"post":null}`,
		"{\"id\":\"\xc2\x85\",\"content\":\"\xff\"}", `{"meta": {"a\u0000":"\\u0000"} }`,
	} {
		f.Add([]byte(s))
	}
	limits := Limits{MaxContent: 64, MaxMeta: 32}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, p := decode(body, limits)
		again, p2 := decode(body, limits)
		if !reflect.DeepEqual(c, again) || !reflect.DeepEqual(p, p2) {
			t.Fatalf("decoded twice: %+v, %v and %+v, %v", c, p, again, p2)
		}
		value := jsontext.Value(body)
		readable := value.IsValid() && value.Kind() == '{'
		if unreadable := p != nil && p.Kind == problem.Unreadable; readable == unreadable {
			t.Fatalf("readable is %v, the problem %v", readable, p)
		}
		if p != nil {
			if p.Detail == "" || (readable && len(p.Errors) == 0) {
				t.Errorf("problem without words: %+v", p)
			}
			return
		}
		checkDecoded(t, &c, limits)
	})
}

// checkDecoded checks what holds of every comment that was taken, and that it comes
// back the same from its own JSON.
func checkDecoded(t *testing.T, c *models.Comment, limits Limits) {
	t.Helper()
	for _, s := range []string{c.ID, c.Type, c.Content, string(c.ContentType), c.ParentID, c.Language, c.Referrer, c.Post.ID,
		c.Post.URL, c.Post.Title, c.Author.ID, c.Author.Name, c.Author.Email, c.Author.URL, c.Author.IP, c.Author.UserAgent,
		c.Author.Role, c.Form.Honeypot, string(c.Meta)} {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			t.Errorf("took %q", s)
		}
	}
	if (c.ID != "" && checkID([]byte(c.ID)) != "") || len(c.Content) > limits.MaxContent || len(c.Meta) > limits.MaxMeta {
		t.Errorf("took %+v", c)
	}
	for _, at := range []time.Time{c.SubmittedAt, c.EditedAt, c.Post.PublishedAt} {
		if at.Year() < 0 || at.Year() > 9999 || at.Nanosecond()%1e6 != 0 || at.Location() != time.UTC {
			t.Errorf("took %s", at)
		}
	}
	encoded, err := json.Marshal(c, models.WireJSON())
	if err != nil {
		t.Fatal(err)
	}
	limits.MaxMeta *= 2
	back, p := decode(encoded, limits)
	if p != nil || models.Fingerprint(c) != models.Fingerprint(&back) || !c.SubmittedAt.Equal(back.SubmittedAt) {
		t.Errorf("%+v came back from %s as %+v, %v", c, encoded, back, p)
	}
}
