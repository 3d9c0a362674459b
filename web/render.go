package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

//go:embed templates/*.html
var templateFiles embed.FS

// layout is what every page has.
type layout struct {
	// Title is the page's, Here the entry of the navigation that it belongs to.
	Title, Here string
	// User is nil on pages for everybody.
	User *models.User
	// Bar says what was just done, and offers to undo it.
	Bar *bar
	// Live has the page follow what happens.
	Live bool
}

// Admin tells that the user is one.
func (l *layout) Admin() bool { return l.User != nil && l.User.Role == models.RoleAdmin }

// page makes the layout of a page whose title has a key.
func (h *Handler) page(r *request, here, title string) layout {
	return layout{Title: h.templates.words.text(title), Here: here, User: r.user}
}

// templates are parsed once; none is changed afterwards.
type templates struct {
	words words
	pages map[string]*template.Template
	parts *template.Template
}

// parseTemplates reads every page with the layout and the parts, which are the files whose
// names begin with an underscore.
func parseTemplates(w words, a *assets, now func() time.Time) (*templates, error) {
	funcs := template.FuncMap{
		"t": w.text, "n": w.count, "asset": a.url, "ago": func(t time.Time) string { return w.ago(now().Sub(t)) },
		"until":  func(t time.Time) string { return w.until(t.Sub(now())) },
		"utc":    utc,
		"second": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }, "stamp": stamp, "percent": percent, "percentage": func(p float64) float64 { return 100 * p }, "number": grouped, "weight": weight, "add": func(a, b int) int { return a + b },
		"dict": dict, "answer": answer, "span": w.span, "kind": w.kind, "lower": strings.ToLower, "spans": w.spans, "clues": w.clues,
	}
	parts, err := template.New("parts").Funcs(funcs).ParseFS(templateFiles, "templates/_*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	t := &templates{words: w, pages: map[string]*template.Template{}, parts: parts}
	entries, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if strings.HasPrefix(name, "_") {
			continue
		}
		page, err := parts.Clone()
		if err == nil {
			page, err = page.ParseFS(templateFiles, path.Join("templates", e.Name()))
		}
		if err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
		t.pages[name] = page
	}
	return t, nil
}

// dict makes a map of names and values, for parts that need more than one.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errors.New("dict: a name is not a string")
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

func utc(t time.Time) string   { return t.UTC().Format("2006-01-02 15:04 UTC") }
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// percent is a probability as people read it, cut off as in the words of the classifier's
// finding, so that one below a cut-off never looks like one above.
func percent(p float64) string {
	n := int(p*100 + 1e-9)
	if n == 0 && p > 0 {
		return "< 1 %"
	}
	return strconv.Itoa(n) + " %"
}

func weight(w float64) string {
	return strings.Replace(strconv.FormatFloat(w, 'f', 1, 64), "-", "\u2212", 1)
}

// answer is what came of a delivery; the status stands in most errors already.
func answer(status int, fault string) string {
	code := strconv.Itoa(status)
	switch {
	case status == 0 || strings.Contains(fault, code):
		return fault
	case fault == "":
		return "HTTP " + code
	}
	return "HTTP " + code + " · " + fault
}

// show answers with a page.
func (h *Handler) show(w http.ResponseWriter, r *request, status int, name string, page any) error {
	t, ok := h.templates.pages[name]
	if !ok {
		return fmt.Errorf("page %q: there is no such template", name)
	}
	return h.write(w, r, status, t, "layout", page)
}

// showPart answers the script with one part of a page, of the file or of a page's own.
func (h *Handler) showPart(w http.ResponseWriter, r *request, status int, part string, data any) error {
	return h.write(w, r, status, h.templates.parts, part, data)
}

func (h *Handler) write(w http.ResponseWriter, r *request, status int, t *template.Template, name string, data any) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // the client has gone: nobody is left to tell
	}
	return nil
}

// errorPage says what went wrong.
type errorPage struct {
	layout
	Heading, Detail string
}

// refuse answers with an error that the catalogue has words for.
func (h *Handler) refuse(w http.ResponseWriter, r *request, status int, key string) {
	h.tell(w, r, status, key, "")
}

// tell answers with an error.
func (h *Handler) tell(w http.ResponseWriter, r *request, status int, key, detail string) {
	text := h.templates.words.text
	var err error
	if r.part {
		message := text(key)
		if detail != "" {
			message += " " + detail
		}
		w.Header().Set("HX-Retarget", "#bar")
		w.Header().Set("HX-Reswap", "innerHTML")
		err = h.showPart(w, r, status, "bar", &bar{Alert: message})
	} else {
		p := &errorPage{layout: h.page(r, "", "error.title"), Heading: text(key), Detail: detail}
		err = h.show(w, r, status, "error", p)
	}
	if err != nil {
		h.o.Logger.Error("an error page could not be shown", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// failed answers with an error. What people need not know is logged.
func (h *Handler) failed(w http.ResponseWriter, r *request, err error) {
	var refusal *models.Refusal
	switch {
	case errors.As(err, &refusal):
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(refusal.RetryAfter/time.Second))))
		status := http.StatusServiceUnavailable
		if errors.Is(err, models.ErrOverShare) {
			status = http.StatusTooManyRequests
		}
		h.tell(w, r, status, "error.unavailable", refusal.Detail)
	case errors.Is(err, models.ErrUnavailable):
		h.refuse(w, r, http.StatusServiceUnavailable, "error.unavailable")
	case errors.Is(err, models.ErrNotFound):
		h.refuse(w, r, http.StatusNotFound, "error.not-found")
	case errors.Is(err, models.ErrConflict):
		h.tell(w, r, http.StatusConflict, "error.conflict", h.told(err))
	case errors.Is(err, models.ErrInvalid):
		h.tell(w, r, http.StatusBadRequest, "error.invalid", h.told(err))
	case r.Context().Err() != nil:
		w.WriteHeader(http.StatusServiceUnavailable) // the browser has gone
	default:
		h.o.Logger.Error("a page failed", "error", err, "route", r.Pattern)
		h.refuse(w, r, http.StatusInternalServerError, "error.internal")
	}
}

// told is what an error says, without the word for its kind at the end. A field is called
// as on the page.
func (h *Handler) told(err error) string {
	text := err.Error()
	var stale *models.Stale
	var param *badParam
	switch {
	case errors.As(err, &stale):
		text = stale.Detail
	case errors.As(err, &param):
		text = h.templates.words.fault(param)
	}
	for _, kind := range []error{models.ErrConflict, models.ErrInvalid} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}
