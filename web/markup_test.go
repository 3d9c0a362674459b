package web

import (
	"html"
	"html/template"
	"strings"
	"testing"
	"time"
)

// What is written by hand is what the templates would write.
func FuzzMarkup(f *testing.F) {
	f.Add("<script>alert(1)</script>", `"'><img src=x>`, "spam", "clue.host", 1.5)
	f.Add("a & b +1", "\x00\xff", "odd", "", -2.0)
	f.Add("host", "U+202E", "host", "clue.<b>", 0.0)
	f.Add("plain", "", "", "", 1e300)
	w, err := readWords()
	if err != nil {
		f.Fatal(err)
	}
	reference := template.Must(template.New("").Funcs(template.FuncMap{"t": w.text, "weight": weight}).Parse(
		`{{define "spans"}}{{range .}}{{if eq .Kind ""}}{{.Text}}{{else if eq .Kind "odd"}}<span class="odd" title="{{.Title}}">{{.Text}}</span>` +
			`{{else if eq .Kind "host"}}<b class="host">{{.Text}}</b>{{else}}<mark class="{{.Kind}}">{{.Text}}</mark>{{end}}{{end}}{{end}}` +
			`{{define "clues"}}<ul class="clues">{{range .}}<li><span class="what">{{with .Kind}}<i>{{t .}}</i> {{end}}<bdi>{{.Text}}</bdi></span>` +
			`<svg viewBox="0 0 100 6" width="60" height="6" preserveAspectRatio="none" aria-hidden="true"><rect width="{{.Width}}" height="6" rx="3"/></svg>` +
			`<span class="num">{{weight .Weight}}</span></li>{{end}}</ul>{{end}}`))
	written := func(t *testing.T, name string, data any) string {
		var b strings.Builder
		if err := reference.ExecuteTemplate(&b, name, data); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(b.String(), "&#43;", "+") // which templates escape needlessly
	}
	f.Fuzz(func(t *testing.T, text, title, kind, clueKind string, n float64) {
		list := []span{{kind, text, title}, {"", title, ""}, {"odd", "U+0000", text}}
		if got, want := string(w.spans(list)), written(t, "spans", list); got != want {
			t.Errorf("spans are %q, want %q", got, want)
		}
		clues := []clue{{clueKind, text, n}, {"", title, -n}}
		if got, want := string(w.clues(clues)), written(t, "clues", clues); got != want {
			t.Errorf("clues are %q, want %q", got, want)
		}
	})
}

// Words that are put into the templates once are the same as those that are looked up.
func TestSettledWordsAreTheSame(t *testing.T) {
	w := words{"a": `one "<two>" & three`, "n.one": "one"}
	source := `<p title="{{t "a"}}">{{t "a"}}</p>{{if .}}{{t "a"}}{{else}}{{with .}}{{t "b"}}{{end}}{{end}}{{range .}}{{t .}}{{t "a"}}{{end}}`
	var looked, settled strings.Builder
	for _, b := range []*strings.Builder{&looked, &settled} {
		tmpl := template.Must(template.New("").Funcs(template.FuncMap{"t": w.text}).Parse(source))
		if b == &settled {
			w.settle(tmpl)
			if strings.Contains(tmpl.Tree.Root.String(), `{{t "a"}}`) {
				t.Error("words are still looked up")
			}
		}
		if err := tmpl.Execute(b, []string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
	}
	if html.UnescapeString(settled.String()) != html.UnescapeString(looked.String()) || strings.Contains(settled.String(), "<two>") {
		t.Errorf("got %s, want %s", settled.String(), looked.String())
	}
	if _, err := parseTemplates(w, &assets{}, time.Now); err != nil {
		t.Fatal(err)
	}
}
